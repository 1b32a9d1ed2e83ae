import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { formats } from '../crawl/formats.js'
import type { FileTree, ListedFile } from '../store/tree.js'
import type { RequestedFormat } from './select.js'

/** The error for literal names that do not exist, or a pattern without a match, with nearby names. */
export async function missing(
  at: FileTree,
  names: readonly string[],
  written: string,
  pattern?: string,
): Promise<PipelineError> {
  const first = at.uriOf(names[0] as string)
  const nearby = nearest(first, await at.nearby(names[0] as string).catch(() => []))
  const some = names
    .slice(0, 5)
    .map((name) => at.uriOf(name))
    .join(', ')
  const plural = names.length === 1 ? 'this input does not exist' : `${names.length} inputs do not exist`
  return new PipelineError({
    code: 'E_INPUT_MISSING',
    failure: 'manifest',
    message: pattern !== undefined ? 'no input matches this pattern' : plural,
    place: written,
    ...(pattern === undefined ? { found: `nothing at ${some}${names.length > 5 ? ', …' : ''}` } : {}),
    hint:
      nearby.length > 0
        ? `nearby: ${nearby.join(', ')}`
        : 'there is nothing nearby; check the bucket or folder, and the profile that reaches it',
  })
}

export function noShards(written: string, format: RequestedFormat, names: readonly string[]): PipelineError {
  const endings = new Set(
    formats.filter(({ name }) => format === name || format === 'auto').map((row) => row.endings[0]),
  )
  return new PipelineError({
    code: 'E_INPUT_EMPTY',
    failure: 'manifest',
    message: 'this folder holds no shards',
    place: written,
    expected: `${[...endings].join(' or ')} files`,
    found:
      `${names.length} other ${names.length === 1 ? 'file' : 'files'}: ` +
      `${[...names].sort(byCodeUnit).slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`,
    hint: 'write a pattern such as `*.data` if the names end differently',
  })
}

export function duplicate(one: string, other: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_DUPLICATE',
    failure: 'manifest',
    message:
      one === other
        ? 'this input is named twice'
        : 'two names refer to one file, so its pairs would count twice',
    place: one,
    ...(one === other ? {} : { found: other }),
    hint: 'make the patterns disjoint',
  })
}

/** The five names with the longest common prefix with `name`, then the most similar length. */
function nearest(name: string, others: readonly string[]): string[] {
  const scored = others.map((other) => {
    let same = 0
    while (same < name.length && name[same] === other[same]) same++
    return { other, same, length: Math.abs(other.length - name.length) }
  })
  scored.sort((a, b) => b.same - a.same || a.length - b.length || byCodeUnit(a.other, b.other))
  return scored.slice(0, 5).map(({ other }) => other)
}

/** Throws `E_INPUT_UNREADABLE` with all shards that are there and cannot be read. */
export function refuseUnreadable(shards: readonly ListedFile[]): void {
  const [first] = shards
  if (!first) return
  throw new PipelineError({
    code: 'E_INPUT_UNREADABLE',
    failure: 'stage',
    message: shards.length === 1 ? 'this shard cannot be read' : `${shards.length} shards cannot be read`,
    place: first.uri,
    found: shards.map(({ uri, version }) => `${uri}: ${version}`).join('; '),
    hint: 'restore, rename or remove these files',
  })
}

/** One error for those of several patterns: the first, with the others in its `found`. */
export function allOf(troubles: readonly PipelineError[]): PipelineError {
  const [first, ...others] = troubles as [PipelineError, ...PipelineError[]]
  if (others.length === 0) return first
  const { code, message, place, expected, found, hint } = first
  const also = others.map((other) => `${other.place ?? ''}: ${other.message}`)
  return new PipelineError({
    code,
    failure: 'manifest',
    message,
    place,
    expected,
    found: [...(found === undefined ? [] : [found]), ...also].join('; '),
    hint,
  })
}

export function inStore(written: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_IN_STORE',
    failure: 'manifest',
    message: 'this input is in a store: results would be read as a crawl, hold-out included',
    place: written,
    found,
    hint: 'name the folder of the crawl, or another store',
  })
}
