import { byCodeUnit } from '../core/json.js'
import type { SurveyedShard } from '../planner/types.js'

/** A sentence about compressed shards, which cost the time of a decompression whenever they are read. */
export function compressedShards(shards: readonly SurveyedShard[]): string[] {
  const uris = shards.filter(({ reading }) => reading?.compression !== undefined).map(({ uri }) => uri)
  if (uris.length === 0) return []
  const [first] = uris.toSorted(byCodeUnit) as [string]
  const which =
    uris.length === 1 ? `${first} is compressed` : `${uris.length} shards are compressed (${first} …)`
  return [`${which}: decompressed twice, once for the captions and once for the images`]
}
