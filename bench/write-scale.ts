import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Comparison } from './bench.js'
import { runProgram } from './measure.js'
import { inRepository } from './support/built-cli.js'
import { crawl, pairsPerTar } from './support/write-task.js'

const experts = 32
const bound = 600

/** The stage compared with itself on 1, 4 and 16 times the data, each in a new process. */
export const bench: Bench = {
  name: 'write-scale',
  doc:
    `pairs of about 20 KB into ${experts} experts' tars: ` +
    'time for each pair and peak memory do not grow with the data',
  run: async ({ cache, scratch, quick, say }) => {
    const base = quick ? 1 : 4
    const tars = await crawl(join(cache, '../write'), 16 * base)
    const measured = []
    for (const times of [1, 4, 16]) {
      const folder = join(scratch, String(times))
      await mkdir(folder)
      const child = [
        '--import=tsx',
        inRepository('bench/support/write-child.ts'),
        folder,
        String(experts),
        ...tars.slice(0, times * base),
      ]
      const found = JSON.parse((await runProgram(process.execPath, child)).stdout) as {
        seconds: number
        megabytes: number
      }
      await rm(folder, { recursive: true })
      const pairs = times * base * pairsPerTar
      say(`${pairs} pairs: ${found.seconds.toFixed(1)} s, peak ${found.megabytes.toFixed(0)} MB`)
      measured.push({ times, each: (found.seconds / pairs) * 1e6, megabytes: found.megabytes })
    }
    const [once, ...more] = measured as [(typeof measured)[0], ...typeof measured]
    return [
      ...more.flatMap(({ times, each, megabytes }): Comparison[] => [
        {
          work: `${times} times the data`,
          unit: 'µs a pair',
          ours: each,
          peer: once.each,
          peer_name: 'once the data',
          goal: '<= 1.1',
        },
        {
          work: `${times} times the data`,
          unit: 'MB peak',
          ours: megabytes,
          peer: once.megabytes,
          peer_name: 'once the data',
          goal: '<= 1.1',
        },
      ]),
      {
        work: 'peak memory',
        unit: 'MB',
        ours: Math.max(...measured.map(({ megabytes }) => megabytes)),
        peer: bound,
        peer_name: 'the bound',
        goal: '<= 1',
      },
    ]
  },
}
