import test from 'ava'
import { type FakeContext, runFake } from '../../../fakes/task-context.js'
import { silentLogger } from '../../../../src/core/log.js'
import { memorySource } from '../../../../src/io/source.js'
import { openNpy } from '../../../../src/io/npy.js'
import { decodeInvalid } from '../../../../src/io/tables/invalid.js'
import { encodeSamples } from '../../../../src/io/tables/samples.js'
import type { Artefact } from '../../../../src/stages/define.js'
import type { EmbedOptions } from '../../../../src/stages/embed/options.js'
import { embed } from '../../../../src/stages/embed/spec.js'

const builtin: EmbedOptions = {
  encoder: {
    model: 'builtin',
    pooling: 'auto',
    precision: 'float32',
    max_tokens: undefined,
    runtime: 'auto',
    device: 'cpu',
  },
  output: 'float32',
}

function samplesOf(captions: readonly string[]): Artefact {
  const nothing = captions.map(() => null)
  const length = captions.length
  const bytes = encodeSamples({
    length,
    row: Uint32Array.from({ length }, (_, row) => row),
    key: captions.map((_, row) => `0000000000${row}`),
    caption: [...captions],
    captions: nothing,
    holdout: new Uint8Array(length),
    member: nothing,
    offset: new Float64Array(length),
    size: new Float64Array(length),
    url: nothing,
    metadata: nothing,
  })
  return {
    stage: 'ingest',
    key: 'split-a',
    kind: 'task',
    fingerprint: '',
    splits: [],
    files: [],
    rows_out: length,
    accounting: { rows_in: length, expanded: 0, rows_out: length, dropped: {} },
    notes: {},
    open: async (name) => memorySource(name, bytes),
  }
}

async function runEmbed(captions: readonly string[], change: Partial<EmbedOptions> = {}) {
  const files = new Map<string, Uint8Array>()
  const notes = new Map<string, unknown>()
  const rows = { in: 0, out: 0 }
  const context: FakeContext<EmbedOptions> = {
    key: 'split-a',
    kind: 'task',
    options: { ...builtin, ...change },
    params: undefined,
    facts: {},
    splits: [],
    takes: { samples: [samplesOf(captions)] },
    after: [],
    evaluation: {},
    openInput: () => Promise.reject(new Error('embed reads no input')),
    openUri: () => Promise.reject(new Error('the built-in encoder is local')),
    listUri: () => Promise.reject(new Error('the built-in encoder is local')),
    out: {
      put: async (name, bytes) =>
        void files.set(name, typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
      create: async (name) => {
        const pieces: Uint8Array[] = []
        return {
          write: async (bytes) => void pieces.push(Uint8Array.from(bytes)),
          close: async () => {
            files.set(name, Buffer.concat(pieces))
            return { name, size: 0, sha256: '' }
          },
        }
      },
    },
    account: { rowsIn: (n) => (rows.in += n), rowsOut: (n) => (rows.out += n), expanded() {}, dropped() {} },
    threads: 1,
    scratch: '',
    keep: '',
    checkpoints: undefined,
    signal: new AbortController().signal,
    log: silentLogger,
    progress() {},
    note: (name, value) => notes.set(name, value),
    remark() {},
  }
  await runFake(embed, context)
  return {
    npy: await openNpy(memorySource('vectors.npy', files.get('vectors.npy') as Uint8Array)),
    invalid: decodeInvalid(files.get('invalid.arrow') as Uint8Array),
    notes,
    rows,
  }
}

const captions = ['a dog on the beach', '\u200b', 'a cat', 'a dog on the beach', '']

test('the stage writes one row per sample and marks captions without a vector', async (t) => {
  const { npy, invalid, notes, rows } = await runEmbed(captions)
  t.deepEqual(npy.shape, [5, 256])
  t.is(npy.dtype, 'float32')
  t.deepEqual([...invalid.index], [1, 4])
  t.deepEqual([...invalid.reason], ['no_known_token', 'no_known_token'])
  t.deepEqual(notes.get('invalid'), { no_known_token: 2 })
  t.deepEqual(rows, { in: 5, out: 5 })
  const vectors = await npy.readRows(0, 5)
  const row = (i: number) => vectors.slice(i * 256, (i + 1) * 256)
  t.deepEqual(row(0), row(3))
  for (const [i, norm] of [1, 0, 1, 1, 0].entries()) t.true(Math.abs(Math.hypot(...row(i)) - norm) < 1e-6)
})

test('float16 stores the same vectors in half the bytes', async (t) => {
  const full = await (await runEmbed(captions)).npy.readRows(0, 5)
  const { npy } = await runEmbed(captions, { output: 'float16' })
  t.is(npy.dtype, 'float16')
  const half = await npy.readRows(0, 5)
  t.true(half.every((value, i) => Math.abs(value - (full[i] as number)) < 5e-4))
})

test('a split without samples is an empty array', async (t) => {
  const { npy, rows } = await runEmbed([])
  t.deepEqual(npy.shape, [0, 256])
  t.deepEqual(rows, { in: 0, out: 0 })
})

test('the spec names files for the fingerprint and refuses options of other encoders', (t) => {
  t.regex(embed.models?.(builtin)['encoder'] ?? '', /encoders\/static-minilm$/)
  const trouble = embed.check?.(
    { ...builtin, encoder: { ...builtin.encoder, pooling: 'pooler', precision: 'int8', device: 'cuda' } },
    {},
  )
  t.deepEqual(
    trouble?.map(({ option }) => option),
    ['encoder.pooling', 'encoder.precision', 'encoder.device'],
  )
  t.deepEqual(embed.check?.(builtin, {}), [])
})
