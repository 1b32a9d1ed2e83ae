import { choice, type Fields, flag, int, optional, text } from '../../../core/field.js'
import type { SettingsOf } from '../backend.js'

/** Where S3 is and how to speak to it; what is left out comes from the usual AWS environment. */
export const s3Fields = {
  endpoint: optional(
    text({
      env: true,
      pattern: '^https?://',
      doc: 'Address of an S3-compatible server; AWS itself if left out.',
      examples: ['https://minio.example.org:9000'],
    }),
  ),
  region: optional(
    text({
      env: true,
      pattern: '^[a-z0-9-]+$',
      doc: 'Region; the usual AWS settings decide if left out.',
      examples: ['eu-central-1'],
    }),
  ),
  path_style: optional(
    flag({ doc: 'Bucket in the path in place of the host name; on by default where an endpoint is given.' }),
  ),
  credentials_profile: optional(text({ env: true, doc: 'Section of the AWS credentials and config files.' })),
  checksums: optional(
    choice(['when_required', 'when_supported'], {
      doc: '`when_required` leaves out checksums that some compatible servers refuse.',
    }),
  ),
  max_connections: optional(
    int({
      min: 1,
      max: 1024,
      doc: 'Requests under way at once, 32 by default; fewer when the server asks to slow down.',
    }),
  ),
  part_megabytes: optional(
    int({ min: 5, max: 5120, doc: 'Size of one part of a large upload, 16 by default.' }),
  ),
  idle_timeout_seconds: optional(
    int({ min: 1, max: 3600, doc: 'A download that brings nothing for so long is resumed, 20 by default.' }),
  ),
  retry_seconds: optional(
    int({ min: 1, max: 86400, doc: 'A request is repeated for at most so long, 120 by default.' }),
  ),
} satisfies Fields

export type S3Settings = SettingsOf<typeof s3Fields>
