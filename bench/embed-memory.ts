import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Comparison } from './bench.js'
import { embedded, realText } from './support/embedding.js'

const things = [
  'dog',
  'truck',
  'lighthouse',
  'wedding cake',
  'red shoes',
  'mountain lake',
  'guitar player',
  'city at night',
]

/**
 * A long-running worker: a million distinct captions of a few tokens, so that a leak per row shows within
 * minutes.
 */
export const bench: Bench = {
  name: 'embed-memory',
  doc:
    'peak memory of one worker of all-MiniLM-L6-v2 over a million distinct captions, ' +
    'at a tenth of them and at the end',
  run: async ({ scratch, quick, say }) => {
    const { minilm } = realText()
    const count = quick ? 50_000 : 1_000_000
    const file = join(scratch, 'captions.json')
    await writeFile(
      file,
      JSON.stringify(Array.from({ length: count }, (_, row) => `${things[row % things.length]} ${row}`)),
    )
    const { seconds, memory_bytes, memory_bytes_at_tenth } = await embedded(file, minilm, 1)
    say(`${(count / seconds).toFixed(0)} captions/s`)
    return [
      {
        work: `${count} captions, peak memory`,
        unit: 'MB',
        ours: memory_bytes / 1e6,
        peer: memory_bytes_at_tenth / 1e6,
        peer_name: 'a tenth of them',
        goal: '<= 1.05',
      },
      {
        work: `${count} captions, peak memory`,
        unit: 'MB',
        ours: memory_bytes / 1e6,
        peer: 700,
        peer_name: 'what is allowed',
        goal: '<= 1',
      },
    ] satisfies Comparison[]
  },
}
