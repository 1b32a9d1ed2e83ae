import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { builtinEncoder, encoderFolder } from '../src/core/encoder-folder.js'
import type { Bench, Comparison } from './bench.js'
import { interleaved, runPeer } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import {
  embedded,
  largestDifference,
  operations,
  peerSeconds,
  readCaptions,
  realText,
} from './support/embedding.js'

const requirements = 'embed.txt'

/**
 * Embedding captions on two cores, without loading: two workers of one thread each, compared with peers of
 * two threads.
 */
export const bench: Bench = {
  name: 'embed',
  doc:
    'captions to vectors, all-MiniLM-L6-v2 in float32 and the static encoder, ' +
    'against sentence-transformers, Python onnxruntime and model2vec',
  requirements,
  run: async ({ python, scratch, quick, say }) => {
    const { captions, minilm } = realText()
    const every = await readCaptions(captions)
    const distinct = [...new Set(every)].slice(0, quick ? 2_000 : 20_000)
    const files = { every: join(scratch, 'every.json'), distinct: join(scratch, 'distinct.json') }
    await writeFile(files.every, JSON.stringify(every))
    await writeFile(files.distinct, JSON.stringify(distinct))

    const peer = (mode: string, file: string, folder: string, out: readonly string[] = []) =>
      peerSeconds(python, mode, file, folder, out)
    let memory = 0
    const ours = async (
      file: string,
      folder: string,
      workers: number,
      out?: string,
      precision: 'float32' | 'int8' = 'float32',
    ) => {
      const { seconds, memory_bytes } = await embedded(file, folder, workers, { precision }, out)
      memory = Math.max(memory, memory_bytes)
      return seconds
    }
    const speed = (rows: number, seconds: number) => {
      say(`${(rows / seconds).toFixed(0)} captions/s`)
      return rows / seconds
    }
    const rounds = quick ? 1 : 3

    const still = await interleaved(
      {
        ours: async () => speed(every.length, await ours(files.every, encoderFolder(builtinEncoder), 2)),
        peer: async () =>
          speed(every.length, await peer('model2vec', files.every, encoderFolder(builtinEncoder))),
      },
      rounds,
    )
    const paths = { ours: join(scratch, 'ours.npy'), theirs: join(scratch, 'theirs.npy') }
    const small = join(scratch, 'int8')
    await cp(minilm, small, { recursive: true })
    const { result: quantised } = await runPeer<{
      seconds: { mean_cosine: number; changed_assignments: number }
    }>(python, inRepository('bench/peers/embed.py'), ['int8', files.every, small], {
      PYTHONPATH: inRepository('trainer'),
    })
    const { mean_cosine, changed_assignments } = quantised.seconds
    say(
      `int8: mean cosine ${mean_cosine}, ${(100 * changed_assignments).toFixed(1)} ` +
        '% of assignments to 1,024 captions changed',
    )
    const int8 = await interleaved(
      {
        small: async () => speed(distinct.length, await ours(files.distinct, small, 2, undefined, 'int8')),
        float32: async () => speed(distinct.length, await ours(files.distinct, small, 2)),
      },
      rounds,
    )
    memory = 0
    const float32 = await interleaved(
      {
        two: async () => speed(distinct.length, await ours(files.distinct, minilm, 2)),
        one: async () => speed(distinct.length, await ours(files.distinct, minilm, 1, paths.ours)),
        torch: async () =>
          speed(distinct.length, await peer('sentence_transformers', files.distinct, minilm, [paths.theirs])),
        python: async () => speed(distinct.length, await peer('onnxruntime', files.distinct, minilm)),
        peak: async () => 1 / (await peer('peak', files.distinct, minilm)),
      },
      rounds,
    )
    const versions = await peerVersions(requirements)
    const name = (library: string) => versions.find((version) => version.startsWith(`${library} `)) ?? library
    const work = await operations(distinct, minilm, { layers: 6, width: 384, inner: 1536, most_tokens: 256 })
    return [
      {
        work: 'static encoder, all captions',
        unit: 'captions/s',
        ...still,
        peer_name: name('model2vec'),
        goal: '>= 1.5',
      },
      {
        work: 'all-MiniLM-L6-v2',
        unit: 'captions/s',
        ours: float32.two,
        peer: float32.torch,
        peer_name: name('sentence-transformers'),
        goal: '>= 1.25',
      },
      {
        work: 'all-MiniLM-L6-v2',
        unit: 'captions/s',
        ours: float32.two,
        peer: float32.python,
        peer_name: name('onnxruntime'),
        goal: '>= 1.1',
      },
      {
        work: 'operations on real tokens',
        unit: 'GF/s',
        ours: (float32.two * work) / distinct.length / 1e9,
        peer: float32.peak / 1e9,
        peer_name: `GEMM, ${name('numpy')}`,
        goal: '>= 0.85',
      },
      {
        work: 'two workers',
        unit: 'captions/s',
        ours: float32.two,
        peer: float32.one,
        peer_name: 'one worker',
        goal: '>= 1.8',
      },
      {
        work: 'all-MiniLM-L6-v2 in int8',
        unit: 'captions/s',
        ours: int8.small,
        peer: int8.float32,
        peer_name: 'float32',
        goal: '>= 1.8',
      },
      {
        work: 'mean cosine of int8 to float32',
        unit: '',
        ours: mean_cosine,
        peer: 1,
        peer_name: 'float32',
        goal: '>= 0.98',
      },
      {
        work: 'largest difference',
        unit: '',
        ours: await largestDifference(paths.ours, paths.theirs),
        peer: 1e-5,
        peer_name: 'what is allowed',
        goal: '<= 1',
      },
      {
        work: 'memory a worker',
        unit: 'MB',
        ours: memory / 1e6,
        peer: 700,
        peer_name: 'what is allowed',
        goal: '<= 1',
      },
    ] satisfies Comparison[]
  },
}
