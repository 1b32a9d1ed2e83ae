import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { notFound, shortRead, systemCode } from './errors.js'
import { fileVersion, readFileRange, streamFile } from './local/file.js'
import { openStore } from './open.js'
import type { Place } from './place.js'
import type { ObjectInfo, ReadOptions, Store } from './store.js'
import { parseUri } from './uri.js'

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

/** Any one file: a local path, `file://` or `s3://bucket/key`. */
export async function openUri(uri: string, place?: Place): Promise<ByteSource> {
  const parsed = parseUri(uri)
  if (parsed.scheme === 's3') {
    if (!parsed.key)
      throw new PipelineError({
        code: 'E_BAD_URI',
        failure: 'manifest',
        message: 'this names a bucket, not an object',
        place: uri,
      })
    return storeSource(await openStore(`s3://${parsed.bucket}`, place), parsed.key)
  }
  return fileSource(parsed.path)
}

/** A local file, pinned like any other source. */
export async function fileSource(path: string): Promise<ByteSource> {
  const full = resolve(path)
  const stats = await stat(full, { bigint: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw notFound(path)
    throw error
  })
  if (!stats.isFile()) {
    const hint = `look into ${dirname(full)} for ${basename(full)}`
    throw new PipelineError({
      code: 'E_NOT_A_FILE',
      message: 'this is not a regular file',
      place: path,
      hint,
    })
  }
  const version = fileVersion(stats)
  const source = pinnedSource(path, Number(stats.size), version, {
    read: (options) => readFileRange({ path: full, uri: path, ...options }),
    stream: (options) => streamFile({ path: full, uri: path, ...options }),
  })
  return { ...source, local: { path: full, version } }
}

interface Reader {
  read(options: ReadOptions): Promise<Uint8Array>
  stream(options: ReadOptions): AsyncIterable<Uint8Array>
}

function pinnedSource(uri: string, size: number, version: string, reader: Reader): ByteSource {
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
