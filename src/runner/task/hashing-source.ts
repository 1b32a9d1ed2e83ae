import { createHash } from 'node:crypto'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../../io/source.js'
import type { InputShard } from '../../stages/define.js'

/**
 * Shard id → SHA-256 of the bytes that were read, for shards that were streamed from the first byte to the
 * last.
 */
export type ReadDigests = Map<string, string>

/**
 * An input shard that hashes what is streamed from it and refuses bytes that are not those the plan was made
 * for.
 */
export function hashingSource(source: ByteSource, shard: InputShard, digests: ReadDigests): ByteSource {
  if (source.size !== shard.size) throw changed(shard, `${shard.size} bytes`, `${source.size} bytes`)
  return {
    uri: source.uri,
    size: source.size,
    local: source.local,
    read: (start, end) => source.read(start, end),
    async *stream(start = 0) {
      if (start > 0) {
        yield* source.stream(start)
        return
      }
      const hash = createHash('sha256')
      let size = 0
      for await (const piece of source.stream()) {
        hash.update(piece)
        size += piece.byteLength
        yield piece
      }
      const digest = hash.digest('hex')
      const expected = /^sha256:([0-9a-f]{64})/.exec(shard.identity)?.[1]
      if (size !== shard.size || (expected && expected !== digest))
        throw changed(shard, expected ?? `${shard.size} bytes`, expected ? digest : `${size} bytes`)
      digests.set(shard.id, digest)
    },
  }
}

function changed(shard: InputShard, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_CHANGED',
    message: 'an input shard is not the one that the plan was made for',
    place: shard.uri,
    expected,
    found,
    hint:
      'somebody wrote to the input while it was read: let it come to rest and run again, ' +
      'the plan will name the new bytes',
  })
}
