import type { ByteSource } from '../source.js'
import { notFound, shortRead } from './errors.js'
import type { ObjectInfo, ReadOptions, Store } from './store.js'

/**
 * One object as a source, pinned to the version it has now (or that `info` names): a replaced object gives
 * `E_CHANGED`, never mixed bytes.
 */
export async function storeSource(store: Store, key: string, info?: ObjectInfo): Promise<ByteSource> {
  const uri = `${store.uri}/${key}`
  const found = info ?? (await store.stat(key))
  if (!found) throw notFound(uri)
  return pinnedSource(uri, found.size, found.version, {
    read: (options) => store.read(key, options),
    stream: (options) => store.stream(key, options),
  })
}

interface Reader {
  read(options: ReadOptions): Promise<Uint8Array>
  stream(options: ReadOptions): AsyncIterable<Uint8Array>
}

/** Bytes that are read at one version; a range that comes short is `E_SHORT_READ`. */
export function pinnedSource(uri: string, size: number, version: string, reader: Reader): ByteSource {
  return {
    uri,
    size,
    async read(start, end) {
      const want = Math.max(0, Math.min(end, size) - start)
      const bytes = await reader.read({ range: { start, end: start + want }, version })
      if (bytes.byteLength !== want) throw shortRead(uri, want, bytes.byteLength)
      return bytes
    },
    async *stream(start = 0) {
      let at = start
      for await (const piece of reader.stream({ range: { start, end: size }, version })) {
        at += piece.byteLength
        yield piece
      }
      if (at < size) throw shortRead(uri, size, at)
    },
  }
}
