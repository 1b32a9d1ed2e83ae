import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PipelineError } from '../../core/error.js'

/** `key` is empty where the URI names a bucket alone; it keeps a trailing slash. */
export type ParsedUri =
  | { readonly scheme: 'file'; readonly path: string }
  | { readonly scheme: 's3'; readonly bucket: string; readonly key: string }

/**
 * A local path, `file://` or `s3://bucket/key`. Keys are taken literally: no percent-decoding, as in the AWS
 * command line.
 */
export function parseUri(uri: string): ParsedUri {
  if (uri.startsWith('s3://')) {
    const rest = uri.slice('s3://'.length)
    const slash = rest.indexOf('/')
    const bucket = slash < 0 ? rest : rest.slice(0, slash)
    if (!/^[a-z0-9A-Z][a-zA-Z0-9._-]{1,254}$/.test(bucket)) throw badUri(uri, 's3://bucket/prefix')
    return { scheme: 's3', bucket, key: slash < 0 ? '' : rest.slice(slash + 1) }
  }
  if (uri.startsWith('file://')) {
    try {
      return { scheme: 'file', path: fileURLToPath(uri) }
    } catch {
      throw badUri(uri, 'file:///absolute/path')
    }
  }
  const other = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(uri)
  if (other || uri === '' || uri.includes('\0'))
    throw badUri(uri, 'a local path, file:///path or s3://bucket/prefix')
  return { scheme: 'file', path: resolve(uri) }
}

function badUri(uri: string, expected: string): PipelineError {
  const found = JSON.stringify(uri.slice(0, 300))
  return new PipelineError({
    code: 'E_BAD_URI',
    failure: 'manifest',
    message: 'this place cannot be read',
    expected,
    found,
  })
}
