import { localStore } from './local/store.js'
import type { Place } from './place.js'
import type { Store } from './store.js'
import { parseUri } from './uri.js'

/**
 * A folder path, `file://` or `s3://bucket/prefix`. The AWS SDK is loaded when the first S3 store is opened,
 * not before.
 */
export async function openStore(uri: string, place?: Place): Promise<Store> {
  const parsed = parseUri(uri)
  if (parsed.scheme === 'file') return localStore(parsed.path)
  // The SDK would print its own plans about Node versions into every run.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const { s3Store } = await import('./s3/store.js')
  return s3Store(parsed.bucket, parsed.key, place)
}
