import { createHash } from 'node:crypto'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../../io/source.js'
import type { InputShard } from '../../stages/define.js'

/** Shard id → SHA-256, for shards that were streamed from the first byte to the last. */
export type ReadDigests = Map<string, string>

/**
 * An input shard that hashes the bytes streamed from it, and refuses bytes that are not the planned ones.
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
    message: 'an input shard has changed since it was planned',
    place: shard.uri,
    expected,
    found,
    hint:
      'the input was written to while it was read: wait until the writer has finished, then run again ' +
      'to plan with the new bytes',
  })
}
