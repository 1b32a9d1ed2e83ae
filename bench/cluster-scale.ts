import { availableParallelism } from 'node:os'
import type { Bench, Comparison } from './bench.js'
import { runProgram } from './measure.js'
import { inRepository } from './support/built-cli.js'

const worker = inRepository('bench/support/cluster-scale-worker.ts')
const million = 1_000_000
/** Up to 1 GiB of vectors is kept in memory; more is kept in the scratch folder. */
const sampleMegabytes = 1074

interface Scaled {
  readonly seconds: number
  readonly memory_bytes: number
}

/**
 * The stage `cluster` compared with itself on more vectors: of width 96, so that 16 million fit on a small
 * disk (12 GB while they are sorted).
 */
export const bench: Bench = {
  name: 'cluster-scale',
  doc: 'clustering of 1, 4 and 16 million vectors: time per million rows, and peak memory',
  run: async ({ scratch, quick, say }) => {
    const sizes = quick ? [1, 4] : [1, 4, 16]
    const found = new Map<number, Scaled>()
    for (const size of sizes) {
      const { stdout } = await runProgram(process.execPath, [
        '--import=tsx',
        worker,
        String(size * million),
        String(availableParallelism()),
        scratch,
      ])
      const scaled = JSON.parse(stdout.trim().split('\n').at(-1)!) as Scaled
      found.set(size, scaled)
      say(`${size} M rows: ${scaled.seconds.toFixed(1)} s, ${(scaled.memory_bytes / 1e6).toFixed(0)} MB`)
    }
    const one = found.get(1)!
    return sizes.flatMap((size): Comparison[] => {
      const { seconds, memory_bytes } = found.get(size)!
      return [
        {
          work: `${size} M rows, a million`,
          unit: 's',
          ours: seconds / size,
          peer_name: '1 M rows',
          peer: one.seconds,
          ...(size > 1 ? { goal: '<= 1.25' as const } : {}),
        },
        {
          work: `${size} M rows, peak memory`,
          unit: 'MB',
          ours: memory_bytes / 1e6,
          peer_name: '1 GB and the sample kept in memory',
          peer: 1000 + sampleMegabytes,
          goal: '<= 1',
        },
      ]
    })
  },
}
