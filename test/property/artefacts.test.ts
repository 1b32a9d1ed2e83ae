import test from 'ava'
import * as bundle from '../../src/artefacts/bundle.js'
import { readExperts, writeCentres } from '../../src/artefacts/centres.js'
import * as tree from '../../src/artefacts/curation-tree.js'
import type { DocumentSink } from '../../src/artefacts/document.js'
import * as drift from '../../src/artefacts/drift.js'
import * as encoder from '../../src/artefacts/encoder-description.js'
import * as set from '../../src/artefacts/evaluation-set.js'
import * as rows from '../../src/artefacts/feature-rows.js'
import * as parts from '../../src/artefacts/fit-parts.js'
import * as ingested from '../../src/artefacts/ingested.js'
import * as metrics from '../../src/artefacts/metrics.js'
import * as quality from '../../src/artefacts/quality.js'
import type { Recorded } from '../../src/artefacts/recorded.js'
import * as routing from '../../src/artefacts/routing.js'
import * as scores from '../../src/artefacts/scores.js'
import * as sizes from '../../src/artefacts/sizes.js'
import * as cost from '../../src/artefacts/training-cost.js'
import * as written from '../../src/artefacts/written-sets.js'
import { PipelineError } from '../../src/core/error.js'
import { memorySource } from '../../src/io/source.js'
import * as documents from '../fakes/documents.js'

interface Family {
  readonly file: string
  readonly document: object
  readonly write: (out: DocumentSink) => Promise<void>
  readonly read: (files: Recorded) => Promise<unknown>
  /** Members that may be missing, without the numbers of lists. */
  readonly optional?: readonly string[]
  /** Members that hold whatever a user gave, or that readers do not look at. */
  readonly free?: readonly string[]
  /** Objects with any names. */
  readonly maps?: readonly string[]
}

const centreSet = (count: number) => ({ centres: new Float32Array(count * 2), count, width: 2 })
const experts = { fine_to_expert: [0, 0], fine_population: [3, 4], expert_population: [7] }
const setCounts = { 'expert-00': { own: 5, ooc: 1, formats: ['jpg'] } }
const setSizes = { 'expert-00': { own: 5, ooc: 1, bytes: 100, shards: 1 } }
const crawl = { fields: { caption_field: 'alt', image_field: 'photo', url_field: 'link' }, images: true }
const words = { about: 'static, width 8', width: 8 }
const spent = { samples_seen: 100, gpu_hours: 0.5 }

/** A document with its writer and reader, whose types have to agree. */
function family<T extends object>(
  file: string,
  document: T,
  write: (out: DocumentSink, document: T) => Promise<void>,
  read: (files: Recorded) => Promise<unknown>,
  more: Pick<Family, 'optional' | 'free' | 'maps'> = {},
): Family {
  return { file, document, write: (out) => write(out, document), read, ...more }
}

const families: readonly Family[] = [
  {
    file: 'experts.json',
    document: experts,
    write: (out) => writeCentres(out, { ...experts, fine: centreSet(2), coarse: centreSet(1) }),
    read: readExperts,
  },
  family('quality.json', documents.qualityDocument, quality.writeQuality, quality.readQuality, {
    maps: ['$.rows.dropped'],
  }),
  family('drift.json', documents.driftDocument, drift.writeDrift, drift.readDrift),
  family('scores.json', documents.scoresDocument, scores.writeScores, scores.readScores, {
    maps: ['$.verdict.by_rule', '$.best_single.by_model'],
  }),
  family('routing.json', documents.routingDocument, routing.writeRouting, routing.readRouting),
  family('sizes.json', setSizes, sizes.writeSizes, sizes.readSizes, { maps: ['$'] }),
  family('sets.json', setCounts, written.saveSetSummary, written.readWrittenSets, {
    optional: ['$.expert-00.formats'],
    maps: ['$'],
  }),
  family('ingest.json', crawl, ingested.writeIngested, ingested.readIngested, {
    optional: ['$.fields.caption_field', '$.fields.image_field', '$.fields.url_field'],
  }),
  family('encoder.json', words, encoder.writeEncoderDescription, encoder.readEncoderDescription, {
    optional: ['$.about', '$.width'],
  }),
  family('cost.json', spent, cost.writeTrainingCost, cost.readTrainingCost, {
    optional: ['$.samples_seen', '$.gpu_hours'],
  }),
  family('expert.json', documents.expertDocument, bundle.writeExpert, bundle.readExpert, {
    optional: ['$.version', '$.engine', '$.text.bundle', '$.trunk'],
    free: ['$.data'],
  }),
  family('metrics.json', documents.metricsDocument, metrics.writeMetrics, metrics.readMetrics, {
    optional: [
      '$.shrinkage',
      '$.validation',
      '$.validation.all',
      '$.validation.all.rows',
      '$.validation.all.cosine',
      '$.validation.all.reciprocal_rank',
    ],
    free: ['$.version', '$.tried', '$.validation.own'],
  }),
  family('rows.json', documents.featureRowsDocument, rows.writeFeatureRows, rows.readFeatureRows),
  family('set.json', documents.evaluationSetDocument, set.writeEvaluationSet, set.readEvaluationSet, {
    optional: ['$.definition.uri', '$.definition.label', '$.definition.templates'],
    free: ['$.definition.where'],
    maps: ['$.text_of'],
  }),
  family('tree.json', documents.treeDocument, tree.writeCurationTree, tree.readCurationTree),
  family('survey.json', documents.surveyDocument, parts.writeSurvey, parts.readSurvey),
  family('head.json', documents.headDocument, parts.writeHead, parts.readHead, { maps: ['$.dropped'] }),
  family('state.json', documents.progressDocument, parts.writeProgress, parts.readProgress),
]

async function writtenBytes({ file, write }: Family): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>()
  await write({ put: async (name, bytes) => void files.set(name, Buffer.from(bytes)) })
  return files.get(file)!
}

function artefactOf(file: string, bytes: Uint8Array): Recorded {
  return {
    stage: 'stage',
    key: 'key',
    files: [{ name: file }],
    notes: {},
    open: async (name) => memorySource(`store/stage/${name}`, bytes),
  }
}

type Path = readonly (string | number)[]

function* pathsOf(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path
  if (value === null || typeof value !== 'object') return
  for (const [name, member] of Object.entries(value))
    yield* pathsOf(member, [...path, Array.isArray(value) ? Number(name) : name])
}

function shown(path: Path): string {
  return `$${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
}

/** A copy without the member, or with another value there. */
function changed(document: unknown, path: Path, value: unknown): unknown {
  const copy = structuredClone(document) as { [member: string]: unknown }
  const holder = path.slice(0, -1).reduce((at, step) => at[step] as typeof copy, copy)
  if (value === undefined) delete holder[path.at(-1)!]
  else holder[path.at(-1)!] = value
  return copy
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce((at: unknown, step) => (at as { readonly [step: string]: unknown })[step], document)
}

/** Values of other types. */
function others(value: unknown): unknown[] {
  if (value === null) return []
  return ['text', 7, true, [[[]]], { a: { b: [] } }].filter(
    (other) => typeof other !== typeof value || Array.isArray(other) !== Array.isArray(value),
  )
}

for (const each of families) {
  const { file, read, optional = [], free = [], maps = [] } = each
  const isFree = (path: Path) => free.some((name) => `${shown(path)}.`.startsWith(`${name}.`))

  test(`${file}: what was written is read`, async (t) => {
    const bytes = await writtenBytes(each)
    t.deepEqual(await read(artefactOf(file, bytes)), each.document)
  })

  test(`${file}: a missing or wrong member is refused with the file and its name`, async (t) => {
    const document: unknown = JSON.parse(new TextDecoder().decode(await writtenBytes(each)))
    const attempt = (value: unknown) => read(artefactOf(file, Buffer.from(JSON.stringify(value))))
    for (const path of pathsOf(document)) {
      if (isFree(path)) continue
      const name = shown(path)
      const named = typeof path.at(-1) !== 'number' && !maps.includes(shown(path.slice(0, -1)))
      for (const value of [...(named ? [undefined] : []), ...others(valueAt(document, path))]) {
        if (value === undefined && optional.includes(name)) {
          await t.notThrowsAsync(attempt(changed(document, path, value)), `${name} may be missing`)
          continue
        }
        const error = await t.throwsAsync<PipelineError>(
          attempt(changed(document, path, value)),
          {
            instanceOf: PipelineError,
            code: 'E_DOCUMENT',
          },
          `${name} as ${JSON.stringify(value)}`,
        )
        t.is(error?.place, `store/stage/${file}`)
        t.true(error?.message.includes(name), `${error?.message} names ${name}`)
      }
    }
  })

  test(`${file}: what is no JSON, or no object, is refused with the file`, async (t) => {
    for (const text of ['', '{"tasks"', 'null', '7', '[]', '"text"']) {
      const error = await t.throwsAsync<PipelineError>(read(artefactOf(file, Buffer.from(text))), {
        instanceOf: PipelineError,
        code: 'E_DOCUMENT',
      })
      t.is(error?.place, `store/stage/${file}`)
    }
  })
}
