import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Comparison } from './bench.js'
import { interleaved, runPeer } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import { embedded, largestDifference, peerSeconds, readCaptions, realText } from './support/embedding.js'

const requirements = 'embed.txt'

/** An encoder with the size and pooling of SimCSE and random weights, exported by the trainer. */
export const bench: Bench = {
  name: 'embed-base',
  doc: 'captions to vectors, a BERT-base with a pooler and random weights, against Python onnxruntime',
  requirements,
  run: async ({ python, cache, scratch, quick, say }) => {
    const { captions, minilm } = realText()
    const folder = join(cache, 'bert-base')
    if (!existsSync(join(folder, 'onnx/model.onnx'))) {
      say('creating the encoder')
      await runPeer(python, inRepository('bench/support/bert_base.py'), [minilm, folder], {
        PYTHONPATH: inRepository('trainer'),
      })
    }
    const distinct = [...new Set(await readCaptions(captions))].slice(0, quick ? 300 : 2_000)
    const file = join(scratch, 'captions.json')
    await writeFile(file, JSON.stringify(distinct))
    const paths = { ours: join(scratch, 'ours.npy'), theirs: join(scratch, 'theirs.npy') }
    let memory = 0
    const figures = await interleaved(
      {
        ours: async () => {
          const { seconds, memory_bytes } = await embedded(file, folder, 2, { pooling: 'pooler' })
          memory = Math.max(memory, memory_bytes)
          say(`ours ${(distinct.length / seconds).toFixed(0)} captions/s`)
          return distinct.length / seconds
        },
        peer: async () => {
          const seconds = await peerSeconds(python, 'onnxruntime', file, folder, [paths.theirs])
          say(`onnxruntime ${(distinct.length / seconds).toFixed(0)} captions/s`)
          return distinct.length / seconds
        },
      },
      quick ? 1 : 3,
    )
    await embedded(file, folder, 1, { pooling: 'pooler' }, paths.ours)
    const peer_name = (await peerVersions(requirements)).find((name) => name.startsWith('onnxruntime '))!
    say(`peak memory of a worker ${(memory / 1e6).toFixed(0)} MB`)
    return [
      { work: 'BERT-base', unit: 'captions/s', ...figures, peer_name, goal: '>= 1.1' },
      {
        work: 'largest difference',
        unit: '',
        ours: await largestDifference(paths.ours, paths.theirs),
        peer: 1e-5,
        peer_name: 'what is allowed',
        goal: '<= 1',
      },
    ] satisfies Comparison[]
  },
}
