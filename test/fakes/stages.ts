import { defineStage, type Split } from '../../src/stages/define.js'
import { Samples, Vectors, Centres } from '../../src/stages/kinds.js'
import { int, text } from '../../src/core/field.js'
import { bySplit, whole } from '../../src/stages/partition.js'
import type { SurveyedShard } from '../../src/planner/types.js'

/**
 * Three small stages with the shapes of the real ones: per split, per split after it, and one over
 * everything.
 */

const cheap = () => ({ seconds: 0, bytes: 0, memory_bytes: 0 })

export const readFake = defineStage({
  name: 'ingest',
  version: 1,
  doc: 'Reads.',
  takes: {},
  makes: { samples: { kind: Samples } },
  reads_input: true,
  options: { suffix: text({ doc: 'Added to every row.', default: '!' }) },
  partition: bySplit(),
  estimate: cheap,
  load: async () => ({
    async run({ options, out, account, splits, openInput, note }) {
      const split = splits[0] as Split
      const pieces: Uint8Array[] = []
      for await (const piece of (await openInput(split.shard)).stream()) pieces.push(piece)
      const lines = Buffer.concat(pieces).toString().split('\n')
      account.rowsIn(lines.length)
      const kept = lines.filter((line) => line !== '')
      account.dropped('empty', lines.length - kept.length)
      account.rowsOut(kept.length)
      note('first', kept[0] ?? '')
      await out.put('lines.txt', kept.map((line) => line + options.suffix).join('\n'), kept.length)
    },
  }),
})

export const upperFake = defineStage({
  name: 'embed',
  version: 1,
  doc: 'Shouts.',
  takes: { samples: { kind: Samples } },
  makes: { vectors: { kind: Vectors } },
  options: {},
  partition: bySplit('samples'),
  estimate: cheap,
  load: async () => ({
    async run({ takes, out, account }) {
      const [samples] = takes.samples ?? []
      if (!samples) throw new Error('no samples')
      const source = await samples.open('lines.txt')
      account.rowsIn(samples.rows_out)
      account.rowsOut(samples.rows_out)
      await out.put(
        'upper.txt',
        new TextDecoder().decode(await source.read(0, source.size)).toUpperCase(),
        samples.rows_out,
      )
    },
  }),
})

export const joinFake = defineStage({
  name: 'cluster',
  version: 1,
  doc: 'Joins.',
  takes: { vectors: { kind: Vectors } },
  makes: { centres: { kind: Centres } },
  options: { fine: int({ min: 1, doc: 'Repeats.', default: 1 }) },
  partition: whole('vectors'),
  facts: (options) => ({ fine: options.fine }),
  estimate: cheap,
  load: async () => ({
    async run({ takes, out, account, options }) {
      const texts: string[] = []
      for (const artefact of takes.vectors ?? []) {
        const source = await artefact.open('upper.txt')
        texts.push(new TextDecoder().decode(await source.read(0, source.size)))
        account.rowsIn(artefact.rows_out)
        account.rowsOut(artefact.rows_out)
      }
      await out.put('all.txt', texts.join('\n').repeat(options.fine))
    },
  }),
})

export const fakeNodes = (options: { suffix?: string; fine?: number } = {}) => [
  {
    name: 'ingest',
    stage: readFake,
    options: { suffix: options.suffix ?? '!' },
    takes: {},
  },
  { name: 'embed', stage: upperFake, options: {}, takes: { samples: 'ingest' } },
  {
    name: 'cluster',
    stage: joinFake,
    options: { fine: options.fine ?? 1 },
    takes: { vectors: 'embed' },
  },
]

export const fakeShard = (uri: string, identity = `sha256:${uri}`): SurveyedShard => ({
  uri,
  format: 'webdataset',
  size: uri.length,
  identity,
})

export const fakeSurvey = (...shards: SurveyedShard[]) => ({
  shards,
  runtime: {},
  models: {},
  evaluation: {},
})
