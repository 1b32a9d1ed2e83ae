import { PipelineError } from '../../core/error.js'
import { backendOf, locate } from '../store/backends.js'
import type { InputFile } from './file.js'

/** What Hive, Spark and others write for a null. */
const hiveNull = '__HIVE_DEFAULT_PARTITION__'

/**
 * The hive partitions of a file: the `KEY=VALUE` folders of its path below the input's folder, in any order.
 * Values are percent-decoded text. Undefined if there is none. Throws `E_PARTITION_TWICE`.
 */
function partitionsOf(path: string, uri: string): { readonly [column: string]: string | null } | undefined {
  if (!path.includes('=')) return undefined
  const found = new Map<string, string | null>()
  for (const folder of path.split('/').slice(0, -1)) {
    const equals = folder.indexOf('=')
    if (equals <= 0) continue
    const key = folder.slice(0, equals)
    const written = folder.slice(equals + 1)
    const value = written === hiveNull ? null : percentDecoded(written)
    if (found.has(key) && found.get(key) !== value)
      throw new PipelineError({
        code: 'E_PARTITION_TWICE',
        failure: 'manifest',
        message: `folders above this shard have different values for the partition ${key}`,
        place: uri,
        hint: 'rename one of the folders, or name the shards in input.ignore',
      })
    found.set(key, value)
  }
  return found.size === 0 ? undefined : Object.fromEntries(found)
}

/** UTF-8 as pyarrow writes it; where that fails, single ASCII characters as Hive escapes them. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  }
}

/** Files with their partitions, which are folders below `root`. */
export function placed(files: readonly InputFile[], root: string): readonly InputFile[] {
  const start = backendOf(root).local ? locate(root === '' ? './' : root).key : root
  const length = start === './' ? 0 : start.length
  return files.map((file) => {
    const partitions = partitionsOf(file.uri.slice(length), file.uri)
    return partitions === undefined ? file : { ...file, partitions }
  })
}
