import { centreFiles, readCentres, type Centres } from '../../../artefacts/centres.js'
import { qualityName, readQuality, type Quality } from '../../../artefacts/quality.js'
import { PipelineError } from '../../../core/error.js'
import { readFileOf } from '../../../io/read-whole.js'
import { fitKmeans } from '../../../math/kmeans/fit.js'
import { memoryPoints } from '../../../math/points.js'
import type { CentreSet } from '../../../math/nearest/exact.js'
import { labelPoints, populations } from '../../../math/nearest/label.js'
import { earlierFiles } from './earlier-files.js'
import { groupExperts } from '../group-experts.js'
import type { Context } from '../tasks.js'
import { putCentres } from '../put-centres.js'
import { measureQuality } from '../quality.js'
import { readSample, type Sample } from '../sample.js'

/**
 * Copies the centres of an earlier run, or adds one new expert for the new rows that fit none of its experts.
 */
export async function extend(context: Context<'extend'>): Promise<void> {
  const earlier = earlierFiles(context)
  if (context.options.new_expert_fine === undefined) {
    for (const name of [...centreFiles, qualityName])
      await context.out.put(name, await readFileOf(earlier, name))
    return
  }
  const [centres, quality] = [await readCentres(earlier), await readQuality(earlier)]
  await addExpert(context, { centres, quality }, context.options.new_expert_fine)
}

interface EarlierCentres {
  readonly centres: Centres
  readonly quality: Quality
}

async function addExpert(context: Context<'extend'>, earlier: EarlierCentres, added: number): Promise<void> {
  const { options, takes } = context
  const sample = await readSample(
    { vectors: takes.vectors ?? [], samples: takes.samples ?? [] },
    options,
    context,
  )
  try {
    await addExpertFrom(sample, context, earlier, added)
  } finally {
    sample.points.close()
  }
}

async function addExpertFrom(
  sample: Sample,
  context: Context<'extend'>,
  earlier: EarlierCentres,
  added: number,
): Promise<void> {
  const { options, threads, signal, account, log } = context
  if (sample.rows === 0) throw tooFewMisfits(0, 0, added)
  const misfits = await findMisfits(sample, earlier, context)
  account.rowsIn(sample.total)
  account.rowsOut(misfits.length / sample.width)
  for (const [reason, count] of Object.entries(sample.dropped)) if (count > 0) account.dropped(reason, count)
  account.dropped('fits_earlier', sample.rows - misfits.length / sample.width)

  const points = memoryPoints(misfits, sample.width)
  if (points.rows < added) throw tooFewMisfits(points.rows, sample.rows, added)
  const fit = await fitKmeans(points, {
    ...options,
    clusters: added,
    max_ratio: options.max_cluster_ratio,
    threads,
    signal,
  })
  const fresh = { centres: fit.centres, count: added, width: sample.width }
  const { index } = await labelPoints(points, fresh, threads, signal)
  const grouped = await groupExperts(fresh, index, { ...options, steps: 'two', experts: 1, threads })
  const centres = appended(earlier.centres, grouped)
  log.info(
    { rows: sample.rows, misfits: points.rows, fine: added, expert: centres.coarse.count - 1 },
    'added an expert',
  )

  const all = sample.points
  const labels = await labelPoints(all, centres.fine, threads, signal)
  const here = { ...centres, ...populationsOf(labels.index, centres) }
  const measured = { sample, points: all, labels, bound: options.max_cluster_ratio, stability: null, threads }
  const quality = await measureQuality({
    ...measured,
    centres: here,
    fit: { ...fit, counts: Float64Array.from(here.fine_population), inertia: [] },
  })
  await putCentres(context, centres, quality)
  context.note('misfits', points.rows)
}

/** Rows farther from all earlier centres than 99 % of the rows that those were fitted to. */
async function findMisfits(
  sample: Sample,
  { centres, quality }: EarlierCentres,
  { threads, signal, options }: Context<'extend'>,
): Promise<Float32Array> {
  const { width, rows, points } = sample
  if (width !== centres.fine.width) {
    throw new PipelineError({
      code: 'E_VECTOR_WIDTH',
      message: 'the earlier centres and the vectors have different widths',
      place: options.from,
      expected: `${centres.fine.width} (the centres)`,
      found: String(width),
      hint:
        'centres belong to the encoder that made their vectors: embed with that encoder, ' +
        'or fit again without `from`',
    })
  }
  const limit = quality.distance.all?.p99
  if (limit === undefined)
    throw new PipelineError({
      code: 'E_CENTRES_INCONSISTENT',
      message: 'the earlier centres have no distances to compare with',
      place: options.from,
    })
  const { distance } = await labelPoints(points, centres.fine, threads, signal)
  const misfits = new Float32Array(
    distance.reduce((count, value) => count + (value > limit ? 1 : 0), 0) * width,
  )
  let at = 0
  for (let row = 0; row < rows; row++) {
    if (distance[row]! <= limit) continue
    misfits.set(await points.read(row, row + 1), at)
    at += width
  }
  return misfits
}

/** Earlier centres keep their numbers; the new expert is the last. */
function appended(earlier: Centres, added: Centres): Centres {
  const expert = earlier.coarse.count
  return {
    fine: joined(earlier.fine, added.fine),
    coarse: joined(earlier.coarse, added.coarse),
    fine_to_expert: [...earlier.fine_to_expert, ...added.fine_to_expert.map(() => expert)],
    fine_population: [...earlier.fine_population, ...added.fine_population],
    expert_population: [...earlier.expert_population, ...added.expert_population],
  }
}

function joined(a: CentreSet, b: CentreSet): CentreSet {
  const centres = new Float32Array((a.count + b.count) * a.width)
  centres.set(a.centres)
  centres.set(b.centres, a.centres.length)
  return { centres, count: a.count + b.count, width: a.width }
}

function populationsOf(label: Uint32Array, { fine, coarse, fine_to_expert: expertOf }: Centres) {
  const fine_population = [...populations(label, fine.count)]
  const expert_population = new Array<number>(coarse.count).fill(0)
  fine_population.forEach((rows, at) => (expert_population[expertOf[at]!]! += rows))
  return { fine_population, expert_population }
}

function tooFewMisfits(misfits: number, rows: number, wanted: number): PipelineError {
  return new PipelineError({
    code: 'E_TOO_FEW_MISFITS',
    message: `${misfits} of ${rows} new rows fit no expert: too few for ${wanted} fine clusters`,
    expected: `at least ${wanted} rows beyond the old 99th percentile of distances`,
    found: String(misfits),
    hint: 'the new rows fit the earlier experts: leave out `cluster.new_expert_fine`, or set it lower',
  })
}
