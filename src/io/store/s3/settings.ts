import { choice, type Fields, flag, int, optional, text } from '../../../core/field.js'
import type { SettingsOf } from '../backend.js'

/** Endpoint and behaviour of S3; defaults come from the usual AWS environment. */
export const s3Fields = {
  endpoint: optional(
    text({
      env: true,
      pattern: '^https?://',
      doc: 'URL of an S3-compatible server; AWS itself by default.',
      examples: ['https://minio.example.org:9000'],
    }),
  ),
  region: optional(
    text({
      env: true,
      pattern: '^[a-z0-9-]+$',
      doc: 'Region; by default from the usual AWS settings.',
      examples: ['eu-central-1'],
    }),
  ),
  path_style: optional(
    flag({
      doc: 'Put the bucket in the path instead of the host name; on by default if an endpoint is set.',
    }),
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
      doc: 'Maximum concurrent requests, 32 by default; fewer when the server asks to slow down.',
    }),
  ),
  part_megabytes: optional(
    int({ min: 5, max: 5120, doc: 'Size of one part of a large upload, 16 by default.' }),
  ),
  idle_timeout_seconds: optional(
    int({ min: 1, max: 3600, doc: 'Time without data after which a download is resumed, 20 by default.' }),
  ),
  retry_seconds: optional(
    int({ min: 1, max: 86400, doc: 'How long a failing request is retried, 120 by default.' }),
  ),
} satisfies Fields

export type S3Settings = SettingsOf<typeof s3Fields>
