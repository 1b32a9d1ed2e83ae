import { objectBackend } from '../object-backend.js'
import { s3Fields } from './settings.js'

/** `s3://bucket/key`: AWS, and servers that speak its protocol. */
export const s3Backend = objectBackend({
  scheme: 's3',
  settings: {
    fields: s3Fields,
    doc: 'Settings of S3, for inputs and stores whose URI begins with `s3://`.',
  },
  bucket: /^[a-z0-9A-Z][a-zA-Z0-9._-]{1,254}$/,
  // Some compatible servers ignore `If-None-Match`.
  must_prove_create_once: true,
  transfer: ['aws', 's3', 'cp', '--only-show-errors', '{from}', '{to}'],
  async open(bucket, prefix, settings, probe) {
    // The SDK would print its own plans about Node versions into every run.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
    const { s3Store } = await import('./store.js')
    return s3Store(bucket, prefix, settings, probe && (probe.in_parts ? { multipart_above: 0 } : {}))
  },
  // Identities hold the ETag without its quotes.
  version: {
    toIdentity: (etag) => etag.replaceAll('"', ''),
    fromIdentity: (part) => `"${part}"`,
  },
  // A section of somebody's credentials file means nothing to a job, which has the rights of its machine.
  settingsOfJobs: ({ credentials_profile: _, ...rest }) => rest,
})
