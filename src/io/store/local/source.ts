import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { PipelineError } from '../../../core/error.js'
import type { ByteSource } from '../../source.js'
import { notFound, systemCode } from '../errors.js'
import { pinnedSource } from '../source.js'
import { readFileRange, streamFile } from './file.js'
import { fileVersion } from './version.js'

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
