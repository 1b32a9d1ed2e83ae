import type { SetDefinition } from '../../artefacts/evaluation-set.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { preparePicture } from '../../ensemble/prepare-picture.js'
import { ImageError } from '../../io/image/image.js'
import { readBundle } from './bundle.js'
import { definitionOf } from './definition.js'
import { openImageEmbedder, type ImageEmbedder } from './images.js'
import { openSet, type EvaluationSample, type SetTexts } from './samples.js'
import { writeSetFeatures } from './set-features.js'
import type { Context } from './tasks.js'
import { makeTextVectors } from './text-vectors.js'

/** Number of images decoded at once. */
const window = 128

/** Computes image and text features of one evaluation set with the models that the task names. */
export async function makeSetFeatures(context: Context<'features'>): Promise<void> {
  const { params, evaluation, takes, threads, out, account } = context
  const { set } = params
  const definition = definitionOf(set, evaluation[set])
  const artefacts = takes.bundles ?? []
  const bundles = await Promise.all(artefacts.map((artefact) => readBundle(artefact, artefacts)))
  const source = await openSet(definition, context)
  const embedder = await openImageEmbedder(bundles, threads)
  const rows = await collect(context, definition, source.samples(), embedder)
  const images = await embedder.finish()
  const { texts, positives } = label(definition, rows, source.texts)
  account.rowsOut(rows.length)
  const templates = definition.templates ?? source.texts.templates ?? ['{}']
  const vectors = await makeTextVectors(context, bundles, texts, { ...definition, templates })
  await writeSetFeatures(
    out,
    {
      definition,
      texts,
      positives,
      models: bundles.map(({ model }) => model),
      text_of: vectors.text_of,
      keys: rows.map(({ key }) => key),
    },
    { images, texts: vectors.files, routing: vectors.routing, neutral: vectors.neutral },
  )
  context.note('set', set)
  context.note('rows', rows.length)
}

type Row = Omit<EvaluationSample, 'image'>

async function collect(
  { account, progress, signal }: Context<'features'>,
  definition: SetDefinition,
  samples: AsyncIterable<EvaluationSample | 'image_missing' | 'not_selected'>,
  embedder: ImageEmbedder,
): Promise<Row[]> {
  const rows: Row[] = []
  let waiting: EvaluationSample[] = []
  const flush = async () => {
    const decoded = await mapConcurrently(waiting, 4, async ({ image }) => {
      try {
        return await preparePicture(image, embedder.resizings)
      } catch (error) {
        if (error instanceof ImageError) return error.reason
        throw error
      }
    })
    const good = decoded.filter((images) => typeof images !== 'string')
    await embedder.add(embedder.resizings.map((_, index) => good.map((images) => images[index]!)))
    waiting.forEach(({ key, captions, label: given }, index) => {
      const images = decoded[index]!
      if (typeof images === 'string') account.dropped(images)
      else rows.push({ key, captions, label: given })
    })
    waiting = []
    progress(rows.length)
  }
  for await (const sample of samples) {
    signal.throwIfAborted()
    account.rowsIn(1)
    const reason = typeof sample === 'string' ? sample : dropReason(sample, definition)
    if (reason) account.dropped(reason)
    else if (waiting.push(sample as EvaluationSample) >= window) await flush()
  }
  await flush()
  if (rows.length > 0) return rows
  throw new PipelineError({
    code: 'E_EVALUATION_SET',
    message: `evaluation set ${definition.name} has no usable samples`,
    place: definition.uri ?? definition.from,
    expected:
      definition.type === 'retrieval'
        ? 'images with captions'
        : `images with a label${definition.label ? ` in \`${definition.label}\`` : ' (`.cls`)'}`,
    hint: "the task's record counts what was dropped and why",
  })
}

function dropReason(sample: EvaluationSample, { type, from }: SetDefinition): string | undefined {
  if (type === 'retrieval') return sample.captions.length === 0 ? 'caption_missing' : undefined
  // The hold-out is shared: samples without this label belong to another set.
  if (sample.label === undefined && from === 'holdout') return 'other_set'
  if (sample.label === undefined || (typeof sample.label === 'number' && !Number.isInteger(sample.label)))
    return 'label_missing'
  return undefined
}

function label(
  definition: SetDefinition,
  rows: readonly Row[],
  given: SetTexts,
): { texts: string[]; positives: number[][] } {
  if (definition.type === 'retrieval') {
    const numbers = new Map<string, number>()
    const positives = rows.map(({ captions }) =>
      [...new Set(captions)].map((caption) => {
        const number = numbers.get(caption) ?? numbers.size
        numbers.set(caption, number)
        return number
      }),
    )
    return { texts: [...numbers.keys()], positives }
  }
  const labelsOf = (row: Row): readonly (string | number)[] =>
    typeof row.label === 'number' ? [row.label] : (row.label ?? [])
  const named = new Set(rows.flatMap((row) => labelsOf(row).filter((name) => typeof name === 'string')))
  const texts = given.classnames ? [...given.classnames] : [...named].sort(byCodeUnit)
  const repeated = texts.find((text, index) => text === '' || texts.indexOf(text) !== index)
  if (repeated !== undefined)
    throw classMismatch(
      definition,
      repeated === '' ? 'an empty class name' : `the class name ${repeated} occurs twice`,
    )
  const numberOf = new Map(texts.map((text, index) => [text, index]))
  const positives = rows.map((row) => {
    const own = labelsOf(row)
    const numbers = own.map((name) => (typeof name === 'number' ? name : (numberOf.get(name) ?? -1)))
    if (numbers.some((number) => number < 0 || number >= texts.length))
      throw classMismatch(definition, `sample ${row.key} has class ${String(own)} of ${texts.length}`)
    return numbers
  })
  return { texts, positives }
}

function classMismatch({ name, uri, from }: SetDefinition, found: string): PipelineError {
  return new PipelineError({
    code: 'E_EVALUATION_SET',
    message: `the classes of evaluation set ${name} do not fit its samples`,
    place: uri ?? from,
    found,
    hint: 'set `classnames`, one name per line in the order of the class numbers',
  })
}
