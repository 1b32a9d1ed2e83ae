import { PipelineError } from '../core/error.js'
import type { Skipped } from '../io/inputs/skipped.js'
import type { SurveyedShard } from '../planner/types.js'

/** What the rows of a shard have: images, only URLs, or some of them images and the others URLs. */
export type Kind = 'images' | 'urls' | 'both'

/**
 * The shards to read. A crawl of one kind is taken whole. Throws `E_INPUT_MIXED` if it has both kinds and
 * `take` is not set: images would be trained on, and the rows with URLs would wait for a download.
 */
export function takeKinds(
  surveyed: readonly { readonly shard: SurveyedShard; readonly kind: Kind }[],
  take: 'images' | 'urls' | undefined,
  skipped: Skipped,
): SurveyedShard[] {
  const kinds = new Set(surveyed.map(({ kind }) => kind))
  const mixed = kinds.size > 1 || kinds.has('both')
  if (take === undefined) {
    if (mixed) throw mixedInput(surveyed)
    return surveyed.map(({ shard }) => shard)
  }
  const taken = surveyed.filter(({ shard, kind }) => {
    const other = kind !== 'both' && kind !== take
    if (other) skipped.add('not_taken', shard.uri)
    return !other
  })
  if (taken.length === 0) {
    throw new PipelineError({
      code: 'E_INPUT_EMPTY',
      failure: 'manifest',
      message: `no shard of the input has ${take === 'images' ? 'images' : 'only URLs'}`,
      place: 'input.take',
      found: `${surveyed.length} shards of the other kind, such as ${surveyed[0]?.shard.uri ?? ''}`,
      hint: `set input.take to \`${take === 'images' ? 'urls' : 'images'}\`, or remove it`,
    })
  }
  return taken.map(({ shard, kind }) =>
    kind === 'both' ? { ...shard, reading: { ...shard.reading, take } } : shard,
  )
}

function mixedInput(
  surveyed: readonly { readonly shard: SurveyedShard; readonly kind: Kind }[],
): PipelineError {
  const words = { images: 'with images', urls: 'with only URLs', both: 'with images in some rows' }
  const found = (['images', 'urls', 'both'] as const).flatMap((kind) => {
    const shards = surveyed.filter((one) => one.kind === kind)
    return shards.length === 0 ? [] : [`${shards.length} ${words[kind]} (${shards[0]?.shard.uri ?? ''})`]
  })
  return new PipelineError({
    code: 'E_INPUT_MIXED',
    failure: 'manifest',
    message: 'the input mixes rows with images and rows with only URLs',
    place: surveyed.find(({ kind }) => kind !== 'images')?.shard.uri,
    expected: 'one kind',
    found: `shards: ${found.join(', ')}`,
    hint: 'set input.take to `images` or `urls`, or give each kind its own manifest',
  })
}
