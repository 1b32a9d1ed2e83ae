import { readHead, readSurvey, writeHead, writeSurvey } from '../../../artefacts/fit-parts.js'
import { append } from '../../../core/extremes.js'
import { PipelineError } from '../../../core/error.js'
import { encodeNpy, openNpy } from '../../../io/npy.js'
import { relocationKey, seedRows, squaredNormSteps, startFit } from '../../../math/kmeans/fit.js'
import { lloydStep } from '../../../math/kmeans/lloyd/step.js'
import { assignPass, maxRelocations } from '../../../math/kmeans/lloyd/pass.js'
import { memoryPoints } from '../../../math/points.js'
import { RelocationCandidates } from '../../../math/kmeans/lloyd/relocation.js'
import { ClusterSums, fixedOne } from '../../../math/kmeans/lloyd/sums.js'
import { tooFewPoints } from '../../../math/kmeans/errors.js'
import { labelPoints, populations } from '../../../math/nearest/label.js'
import { openTopK } from '../../../math/nearest/top-k.js'
import type { Artefact } from '../../define.js'
import { groupPopulated } from '../group-experts.js'
import { clustersOf } from '../options.js'
import { bytesOf, doubles, putPass, putState, readPass, readState } from './part-files.js'
import { putCentres } from '../put-centres.js'
import { measureQuality } from '../quality.js'
import { captionsOf, readPart, surveySample, type Sample, type SamplePart } from '../sample.js'
import { measureStability } from '../stability.js'
import type { Context, Tasks } from '../tasks.js'

/** Runs one task of a fit in parts. */
export async function fitInParts(context: PartContext): Promise<void> {
  switch (context.kind) {
    case 'survey':
      return survey(context)
    case 'head':
      return head(context)
    case 'start':
      return start(context)
    case 'pass':
      return pass(context)
    case 'step':
      return step(context)
    case 'label':
      return label(context)
    case 'join':
      return join(context)
  }
}

type PartContext = Context<Exclude<keyof Tasks, 'fit' | 'extend'>>

/** A head has this many times the rows needed, since hold-outs and invalid rows are excluded. */
const spare = 4

const takesOf = ({ takes }: PartContext) => ({
  vectors: takes.vectors ?? [],
  samples: takes.samples ?? [],
})
const surveyOf = ({ after }: PartContext) => readSurvey(after.survey[0]!)
/** State of the fit: of the step before this task, or of the start if there was none. */
const stateOf = ({ after }: PartContext) => readState((after.step[0] ?? after.start[0])!)

async function survey(context: Context<'survey'>): Promise<void> {
  await writeSurvey(context.out, surveySample(takesOf(context), context.options))
}

async function withPart(
  context: PartContext,
  rows: { readonly below: number; readonly keep_hashes?: boolean },
  work: (part: SamplePart) => Promise<void>,
): Promise<void> {
  const part = await readPart(
    takesOf(context),
    await surveyOf(context),
    { seed: context.options.seed, ...rows },
    context,
  )
  try {
    await work(part)
  } finally {
    part.points.close()
  }
}

/** Writes a part's candidates for the seeding rows, and its counts. */
async function head(context: Context<'head'>): Promise<void> {
  const { options, out } = context
  const { total } = await surveyOf(context)
  const below = Math.min(1, (spare * seedRows(clustersOf(options))) / Math.min(total, options.sample_rows))
  await withPart(context, { below, keep_hashes: true }, async (part) => {
    await out.put(
      'head.npy',
      encodeNpy((await part.points.read(0, part.rows)).slice(), [part.rows, part.width]),
    )
    await out.put('head.f64', bytesOf(part.hashes()))
    await writeHead(out, { total: part.total, dropped: part.dropped, captions: part.captions })
  })
}

/** Merges the heads of all parts into the first rows of the whole sample, in sample order. */
async function readHeads(heads: readonly Artefact[], clusters: number): Promise<Sample> {
  const rows: { hash: number; vector: Float32Array }[] = []
  const captions: { hash: number; text: string }[] = []
  const dropped: { [reason: string]: number } = {}
  let total = 0
  let width = 0
  for (const artefact of heads) {
    const hashes = await doubles(artefact, 'head.f64')
    const npy = await openNpy(await artefact.open('head.npy'))
    const vectors = await npy.readRows(0, hashes.length)
    if (hashes.length > 0) width = npy.shape[1] ?? 0
    hashes.forEach((hash, at) =>
      rows.push({ hash, vector: vectors.subarray(at * (npy.shape[1] ?? 0), (at + 1) * (npy.shape[1] ?? 0)) }),
    )
    const found = await readHead(artefact)
    total += found.total
    append(captions, found.captions)
    for (const [reason, count] of Object.entries(found.dropped))
      dropped[reason] = (dropped[reason] ?? 0) + count
  }
  rows.sort((a, b) => a.hash - b.hash)
  const sampled = total - Object.values(dropped).reduce((sum, count) => sum + count, 0)
  const wanted = Math.min(sampled, seedRows(clusters))
  if (sampled < clusters) throw tooFewPoints(sampled, clusters)
  if (rows.length < wanted) throw tooSparse(sampled, total)
  const vectors = new Float32Array(wanted * width)
  for (let row = 0; row < wanted; row++) vectors.set(rows[row]!.vector, row * width)
  return {
    points: { ...memoryPoints(vectors, width), close() {} },
    rows: wanted,
    width,
    captions: captionsOf({ captions, rows: wanted }),
    total,
    dropped,
  }
}

async function start({ after, options, out, threads, signal }: Context<'start'>): Promise<void> {
  const clusters = clustersOf(options)
  const sample = await readHeads(after.head, clusters)
  const topK = await openTopK(sample.width, threads)
  try {
    await putState(
      out,
      await startFit(topK, sample.points, {
        clusters,
        seed: options.seed,
        spherical: options.spherical,
        threads,
        signal,
      }),
    )
  } finally {
    await topK.close()
  }
}

/** The map half of a pass; a no-op once the fit is done. */
async function pass(context: Context<'pass'>): Promise<void> {
  const { options, out, threads, signal } = context
  const state = await stateOf(context)
  if (state.done) return out.put('done', '')
  await withPart(context, { below: 1 }, async ({ points, width }) => {
    const topK = await openTopK(width, threads)
    try {
      await putPass(
        out,
        await assignPass(points, state.centres, clustersOf(options), {
          topK,
          key: relocationKey(options.seed),
          pass: state.pass,
          signal,
        }),
      )
      await out.put('norms.f64', bytesOf(Float64Array.of(await squaredNormSteps(points))))
    } finally {
      await topK.close()
    }
  })
}

/**
 * The reduce half: the same step as on one machine, over sums that do not depend on how rows were
 * partitioned.
 */
async function step(context: Context<'step'>): Promise<void> {
  const { after, options, out } = context
  const state = await stateOf(context)
  const clusters = clustersOf(options)
  const width = state.centres.length / clusters
  if (!state.done) {
    const sums = new ClusterSums(clusters, width)
    const relocations = new RelocationCandidates(width, Math.min(clusters, maxRelocations))
    let norms = 0
    for (const part of after.pass) {
      const found = await readPass(part, clusters, width)
      sums.merge(found.sums)
      relocations.merge(found.relocations)
      norms += (await doubles(part, 'norms.f64'))[0]!
    }
    lloydStep(
      state,
      { sums, relocations: relocations.take() },
      { squared_norms: norms / fixedOne, spherical: options.spherical, passes: options.passes },
    )
  }
  await putState(out, state)
}

async function label(context: Context<'label'>): Promise<void> {
  const { options, out, threads, signal } = context
  const { centres } = await stateOf(context)
  const count = clustersOf(options)
  await withPart(context, { below: 1 }, async ({ points, width }) => {
    const { index } = await labelPoints(points, { centres, count, width }, threads, signal)
    await out.put('populations.f64', bytesOf(populations(index, count)))
  })
}

/** Groups experts by all rows; the quality figures come from the seeding rows. */
async function join(context: Context<'join'>): Promise<void> {
  const { after, options, account, threads, signal, log } = context
  const state = await stateOf(context)
  const count = clustersOf(options)
  const sample = await readHeads(after.head, count)
  const population = new Float64Array(count)
  for (const part of after.label)
    (await doubles(part, 'populations.f64')).forEach((rows, fine) => (population[fine]! += rows))
  const fine = { centres: state.centres, count, width: sample.width }
  const grouping = { ...options, threads }
  const centres = await groupPopulated(fine, population, grouping)
  const rows = population.reduce((sum, here) => sum + here, 0)
  account.rowsIn(sample.total)
  account.rowsOut(rows)
  for (const [reason, dropped] of Object.entries(sample.dropped))
    if (dropped > 0) account.dropped(reason, dropped)
  log.info(
    {
      rows,
      fine: count,
      experts: centres.coarse.count,
      passes: state.inertia.length,
      reassigned: state.reassigned,
    },
    'fitted in parts',
  )

  const { points } = sample
  const labels = await labelPoints(points, fine, threads, signal)
  const fitting = {
    clusters: count,
    seed: options.seed,
    epochs: 0,
    passes: options.passes,
    spherical: options.spherical,
    max_ratio: null,
    threads,
    signal,
  }
  const stability = await measureStability(points, labels.index, centres, fitting, grouping)
  // Inertia per pass is over all rows, the other figures are over the rows at hand.
  const fit = { ...state, inertia: state.inertia.map((total) => (total / rows) * sample.rows) }
  await putCentres(
    context,
    centres,
    await measureQuality({ sample, points, centres, labels, fit, bound: null, stability, threads }),
  )
}

function tooSparse(sampled: number, total: number): PipelineError {
  return new PipelineError({
    code: 'E_SAMPLE_SPARSE',
    message: 'most of the sampled rows are excluded, so too few are left for seeding',
    found: `${sampled} of ${total} rows`,
    expected: 'at least a quarter of the rows',
    hint: 'check what `embed` dropped and the share of the hold-out, or leave out `fit_parts`',
  })
}
