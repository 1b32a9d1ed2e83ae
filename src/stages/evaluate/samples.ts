import { textLines } from '../../io/class-list.js'
import { readWhole } from '../../io/read-whole.js'
import { byCodeUnit } from '../../core/json.js'
import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../../io/source.js'
import { imageOf } from '../../io/image/type.js'
import { readWebDataset, type WebDatasetSample } from '../../io/tar/webdataset.js'
import type { Artefact, TaskContext } from '../define.js'
import type { SetDefinition } from '../../artefacts/evaluation-set.js'
import type { Options } from './options.js'

/** One image of an evaluation set with its captions and label. */
export interface EvaluationSample {
  readonly key: string
  readonly image: Uint8Array
  /** One or several. */
  readonly captions: readonly string[]
  /** Class number from `.cls`, numbers of the nonzero classes in `.npy`, or names from the metadata. */
  readonly label: number | readonly number[] | readonly string[] | undefined
}

/** Texts in an evaluation set's folder, next to its samples. */
export interface SetTexts {
  readonly classnames: readonly string[] | undefined
  readonly templates: readonly string[] | undefined
}

export interface EvaluationSource {
  readonly texts: SetTexts
  samples(): AsyncIterable<EvaluationSample | 'image_missing' | 'not_selected'>
}

type Context = Pick<TaskContext<Options>, 'takes' | 'listUri' | 'openUri'>

/**
 * Opens the hold-out tars of `write`, or a folder in CLIP_benchmark's WebDataset layout (`test/0.tar`…,
 * `classnames.txt`, templates).
 */
export async function openSet(definition: SetDefinition, context: Context): Promise<EvaluationSource> {
  const classnames = definition.classnames
    ? await textsOf(await context.openUri(definition.classnames))
    : undefined
  if (definition.from === 'holdout') {
    return {
      texts: { classnames, templates: undefined },
      samples: () => samplesOf(holdoutTars(context.takes.shards ?? []), definition),
    }
  }
  const uri = definition.uri ?? ''
  const files = uri.endsWith('.tar') ? [uri] : await context.listUri(uri)
  const tars = testTars(files)
  if (tars.length === 0) throw noTars(definition, files.length)
  const text = async (name: string) => {
    const uri = files.find((file) => file.endsWith(`/${name}`))
    return uri ? textsOf(await context.openUri(uri)) : undefined
  }
  return {
    texts: {
      classnames: classnames ?? (await text('classnames.txt')),
      templates: await text('zeroshot_classification_templates.txt'),
    },
    samples: () =>
      samplesOf(
        tars.map((uri) => () => context.openUri(uri)),
        definition,
      ),
  }
}

type Opener = () => Promise<ByteSource>

function holdoutTars(shards: readonly Artefact[]): Opener[] {
  const openers = shards.flatMap((artefact) =>
    artefact.files
      .filter(({ name }) => /^holdout\/.*\.tar$/.test(name))
      .toSorted((a, b) => byCodeUnit(a.name, b.name))
      .map(
        ({ name }) =>
          () =>
            artefact.open(name),
      ),
  )
  return openers
}

/** The tars of the test split if there is one, in the order of their numbers. */
function testTars(files: readonly string[]): string[] {
  const tars = files.filter((uri) => uri.endsWith('.tar'))
  const test = tars.filter((uri) => /\/(test|val|validation)\//.test(uri))
  const number = (uri: string) => Number(/(\d+)\.tar$/.exec(uri)?.[1] ?? 0)
  return (test.length > 0 ? test : tars).toSorted((a, b) => number(a) - number(b) || byCodeUnit(a, b))
}

async function* samplesOf(
  tars: readonly Opener[],
  definition: SetDefinition,
): AsyncGenerator<EvaluationSample | 'image_missing' | 'not_selected'> {
  for (const open of tars) {
    for await (const sample of readWebDataset(await open())) yield sampleOf(sample, definition)
  }
}

function sampleOf(
  { key, members }: WebDatasetSample,
  { label, where }: SetDefinition,
): EvaluationSample | 'image_missing' | 'not_selected' {
  const image = imageOf(members)?.member
  const text = (extension: string) => {
    const member = members.get(extension)
    return member ? Buffer.from(member.bytes).toString('utf8') : undefined
  }
  const lines = linesOf(text('txt') ?? '')
  const fields: { readonly [field: string]: unknown } = { caption: lines[0], ...flatten(text('json')) }
  for (const [field, wanted] of Object.entries(where))
    if (String(fields[field]) !== String(wanted)) return 'not_selected'
  if (!image) return 'image_missing'
  const captions = Array.isArray(fields.captions) ? fields.captions.map(String) : lines
  const number = text('cls')
  const several = members.get('npy')
  return {
    key,
    image: image.bytes,
    captions,
    label: label
      ? namesOf(fields[label])
      : several
        ? classesOf(several.bytes)
        : number === undefined
          ? undefined
          : Number(number.trim()),
  }
}

/** Fields of a sample; the crawl's own fields may be in a nested member `metadata`. */
function flatten(json: string | undefined): { readonly [field: string]: unknown } {
  if (json === undefined) return {}
  try {
    const fields = JSON.parse(json) as { readonly [field: string]: unknown }
    const inner =
      typeof fields.metadata === 'string' ? (JSON.parse(fields.metadata) as object) : fields.metadata
    return { ...(typeof inner === 'object' ? inner : {}), ...fields }
  } catch {
    return {}
  }
}

/**
 * CLIP_benchmark's labels of a multilabel set: one number per class in NumPy's array format, nonzero if the
 * class applies.
 */
function classesOf(bytes: Uint8Array): readonly number[] | undefined {
  const header =
    bytes.length > 10
      ? Buffer.from(bytes.subarray(10, 10 + bytes[8]! + 256 * bytes[9]!)).toString('latin1')
      : ''
  const size = Number(/'descr': *'[<|=]?[biuf](\d)'/.exec(header)?.[1] ?? 0)
  if (size === 0) return undefined
  const values = bytes.subarray(10 + bytes[8]! + 256 * bytes[9]!)
  return Array.from({ length: Math.floor(values.length / size) }, (_, at) => at).filter((at) =>
    values.subarray(at * size, (at + 1) * size).some((byte) => byte !== 0),
  )
}

function namesOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

async function textsOf(source: ByteSource): Promise<string[]> {
  return textLines(await readWhole(source), source.uri)
}

function noTars({ name, uri }: SetDefinition, files: number): PipelineError {
  return new PipelineError({
    code: 'E_EVALUATION_SET',
    message: `evaluation set ${name} has no tars`,
    place: uri,
    expected: "WebDataset tars, such as CLIP_benchmark's `test/0.tar`",
    found: `${files} other files`,
  })
}
