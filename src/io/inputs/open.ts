import type { ByteSource } from '../source.js'
import { openStore } from '../store/open.js'
import type { Place } from '../store/place.js'
import { openUri, storeSource } from '../store/source.js'
import { parseUri } from '../store/uri.js'

export interface IdentifiedFile {
  readonly uri: string
  readonly size: number
  /** As `openIdentities` gives it. */
  readonly identity: string
}

/**
 * Opens an input as it was when its identity was taken. An object in S3 is read under the ETag of the
 * identity, so that one that was replaced since then, even by one of the same size, gives `E_CHANGED`; and
 * nothing has to be asked before the first byte. Local files are held against their SHA-256 by whoever
 * streams them whole.
 */
export async function openIdentified(file: IdentifiedFile, place?: Place): Promise<ByteSource> {
  const parsed = parseUri(file.uri)
  const etag = /^s3:\d+:(.+)$/.exec(file.identity)?.[1]
  if (parsed.scheme !== 's3' || etag === undefined) return openUri(file.uri, place)
  const store = await openStore(`s3://${parsed.bucket}`, place)
  const info = { key: parsed.key, size: file.size, version: `"${etag}"`, modified_ms: 0 }
  return storeSource(store, parsed.key, info)
}
