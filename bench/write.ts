import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Comparison } from './bench.js'
import { interleaved, runPeer } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import { crawl, pairsPerTar, writeExperts } from './support/write-task.js'
import type { WriteOptions } from '../src/stages/write/options.js'

const requirements = 'crawl.txt'
const experts = 4
const options: WriteOptions = {
  shard_megabytes: 256,
  format: 'webdataset',
  gpus: 1,
  workers: 1,
  ooc_ratio: 0,
  seed: 0,
  most_lost_share: 1,
  order: undefined,
  batch_rows: undefined,
  images: 'none',
}

/**
 * Splits the tars of a crawl into one set of tars per expert. Ours also hashes its inputs and outputs and
 * shuffles; the peer does not.
 */
export const bench: Bench = {
  name: 'write',
  doc: `pairs of about 20 KB from tars into ${experts} experts' tars, against a script of webdataset`,
  requirements,
  run: async ({ python, cache, scratch, quick, say }) => {
    const count = quick ? 10_000 : 100_000
    const tars = await crawl(cache, count / pairsPerTar)
    const peer_name = (await peerVersions(requirements)).find((name) => name.startsWith('webdataset'))!
    let round = 0
    const figures = await interleaved(
      {
        ours: async () => {
          const folder = join(scratch, `ours-${round++}`)
          const seconds = await writeExperts(tars, folder, experts, options)
          await rm(folder, { recursive: true })
          say(`ours ${seconds.toFixed(1)} s`)
          return count / seconds
        },
        peer: async () => {
          const folder = join(scratch, 'peer')
          await mkdir(folder, { recursive: true })
          const { result } = await runPeer<{ seconds: number; samples: number }>(
            python,
            inRepository('bench/peers/write.py'),
            [folder, String(experts), ...tars],
          )
          if (result.samples !== count) throw new Error(`the peer wrote ${result.samples} of ${count}`)
          await rm(folder, { recursive: true })
          say(`peer ${result.seconds.toFixed(1)} s`)
          return count / result.seconds
        },
      },
      quick ? 1 : 3,
    )
    say(`peak memory of this process ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`)
    return [
      { work: 'tars to experts', unit: 'pairs/s', ...figures, peer_name, goal: '>= 3' },
    ] satisfies Comparison[]
  },
}
