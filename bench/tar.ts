import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Comparison } from './bench.js'
import { interleaved, runPeer } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import { pairsOf } from './support/pairs.js'
import { Spool } from '../src/runner/task/spool.js'
import { TarWriter } from '../src/io/tar/write.js'

const requirements = 'crawl.txt'
const imageBytes = 20_000

/** Writes the same members from memory into one tar on disk, and computes its digest. */
export const bench: Bench = {
  name: 'tar',
  doc: 'image, caption and JSON of each sample into a tar, with its SHA-256, against webdataset.TarWriter',
  requirements,
  run: async ({ python, scratch, quick, say }) => {
    const samples = quick ? 5_000 : 20_000
    const pairs = pairsOf(samples, imageBytes)
    const megabytes = (samples * imageBytes) / 1e6
    const peer_name = (await peerVersions(requirements)).find((name) => name.startsWith('webdataset'))!
    let round = 0
    const figures = await interleaved(
      {
        ours: async () => {
          const folder = join(scratch, `ours-${round++}`)
          await mkdir(folder)
          const start = performance.now()
          const file = await new Spool(folder).create('00000.tar')
          const tar = new TarWriter(file)
          for (const { key, image, text, json } of pairs) {
            await tar.add(`${key}.jpg`, image)
            await tar.add(`${key}.txt`, text)
            await tar.add(`${key}.json`, json)
          }
          await tar.end()
          await file.close(samples)
          const figure = megabytes / ((performance.now() - start) / 1000)
          await rm(folder, { recursive: true })
          say(`ours ${figure.toFixed(0)} MB/s`)
          return figure
        },
        peer: async () => {
          const { result } = await runPeer<{ seconds: number }>(python, inRepository('bench/peers/tar.py'), [
            join(scratch, 'peer.tar'),
            String(samples),
            String(imageBytes),
          ])
          say(`peer ${(megabytes / result.seconds).toFixed(0)} MB/s`)
          return megabytes / result.seconds
        },
      },
      3,
    )
    return [
      { work: 'tar with SHA-256', unit: 'MB/s', ...figures, peer_name, goal: '>= 4' },
    ] satisfies Comparison[]
  },
}
