import { join } from 'node:path'
import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import { byCodeUnit } from '../core/json.js'
import { readingOf } from '../core/shard-reading.js'
import { flag, list, nullable, number, object, oneOf, optional, text, type Shape } from '../core/shape.js'
import { compressionNames, type Compression, isCompressedTar } from '../io/compressed/compression.js'
import { detectShard } from '../io/crawl/detect-format.js'
import { formatNamed, formatNames, formats, type InputFormat, stemOf } from '../io/crawl/formats.js'
import { type OutlineTrouble, type ImageFields, refuseClash, type ShardOutline } from '../io/crawl/reading.js'
import type { Identities } from '../io/inputs/identity.js'
import { listInputs, type InputFile, type InputPattern } from '../io/inputs/list.js'
import type { Skipped } from '../io/inputs/skipped.js'
import type { StoreSettings } from '../io/store/backends.js'
import { openUri } from '../io/store/open.js'
import type { Store } from '../io/store/store.js'
import type { PlanNode } from '../planner/plan.js'
import type { SurveyedShard } from '../planner/types.js'
import type { Learned } from './learned.js'
import { cacheFolder, Memo } from './memo.js'
import { type Kind, takeKinds } from './take-kinds.js'

export interface ShardsRequest {
  readonly input: InputPattern & { readonly take?: 'images' | 'urls' | undefined }
  readonly nodes: readonly PlanNode[]
  readonly settings?: StoreSettings | undefined
  /** Only shards with these identities, if given. */
  readonly identities?: ReadonlySet<string> | undefined
  /** What earlier runs on this machine showed. */
  readonly learned: Pick<Learned, 'rowsOf'>
  /** The store of the run; it holds the results of the earlier run that a stage continues. */
  readonly store: Store
}

type Known = {
  readonly format: InputFormat
  readonly outline: ShardOutline | null
  readonly compression?: Compression | undefined
}

const knownShape: Shape<Known> = object({
  format: oneOf(...formatNames),
  compression: optional(oneOf(...compressionNames)),
  outline: nullable(
    object<ShardOutline>({
      row_groups: list(number),
      columns: list(text),
      images: oneOf('all', 'some', 'none'),
      img2dataset: oneOf('no', 'status', 'errors'),
      image_column: flag,
      trouble: optional(
        object<OutlineTrouble>({
          code: text,
          message: text,
          expected: optional(text),
          found: optional(text),
          hint: optional(text),
        }),
      ),
    }),
  ),
})

/**
 * Lists the input's shards and reads their footers. Shards of a kind that is not taken are left out. Adds
 * to `warnings` which shards cannot be read by what they begin with; throws `E_FORMAT_UNKNOWN` if none can.
 */
export async function surveyShards(
  { input, store, nodes, settings, identities: only, learned }: ShardsRequest,
  identities: Identities,
  skipped: Skipped,
  warnings: string[],
): Promise<SurveyedShard[]> {
  const files = await listInputs({ ...input, store: store.uri, skipped }, settings)
  const memo = await Memo.open(join(cacheFolder(), 'shards.json'), knownShape)
  const fields = fieldsOf(nodes)
  const takesPartition = partitionsTaken(nodes)
  const identified = await mapConcurrently(files, 16, async (file) => ({
    file,
    identity: await identities.identify(file),
  }))
  const taken = only ? identified.filter(({ identity }) => only.has(identity)) : identified
  const strange: PipelineError[] = []
  const surveyed = await mapConcurrently(taken, 16, async ({ file, identity }) => {
    const known = await memo
      .get(memoKey(file, identity, fields), () => look(file, fields, settings))
      .catch((error: unknown) => {
        strange.push(error as PipelineError)
        return byName(file, error)
      })
    const { trouble } = known.outline ?? {}
    if (trouble) strange.push(new PipelineError({ ...trouble, failure: 'manifest', place: file.uri }))
    const one = surveyedShard(file, identity, known)
    const columns = new Set((known.outline?.columns ?? []).filter(takesPartition))
    refuseClash(one.shard.reading ?? {}, (name) => columns.has(name), file.uri)
    return one
  })
  await memo.save()
  strange.sort((a, b) => byCodeUnit(a.place ?? '', b.place ?? ''))
  if (strange.length > 0 && strange.length === taken.length) throw strange[0]
  for (const { place, message, found } of strange)
    warnings.push(`${place}: ${message}${found === undefined ? '' : ` (${found})`}`)
  const shards = takeKinds(surveyed, input.take, skipped).map((shard) => withRowsSeen(shard, learned))
  refuseWithoutImages(nodes, surveyed)
  return shards
}

function withRowsSeen(shard: SurveyedShard, learned: Pick<Learned, 'rowsOf'>): SurveyedShard {
  const rows_seen = shard.rows === undefined ? learned.rowsOf(shard.identity) : undefined
  return rows_seen === undefined ? shard : { ...shard, rows_seen }
}

/** Throws `E_NO_PAIRS` if a stage needs images and the input has only URLs. */
function refuseWithoutImages(nodes: readonly PlanNode[], surveyed: readonly { readonly kind: Kind }[]): void {
  const node = nodes.find(({ stage }) => stage.needs_images)
  if (!node || surveyed.length === 0 || surveyed.some(({ kind }) => kind !== 'urls')) return
  throw new PipelineError({
    code: 'E_NO_PAIRS',
    failure: 'manifest',
    message: `the input has only URLs, and \`${node.name}\` needs images`,
    place: 'input.uri',
    hint:
      'run up to `write` (`--until write`, or `pipeline: shards`), download its lists with img2dataset, ' +
      'and run on the output',
  })
}

/** Shards with the same bytes, whose samples count as often as they are named. */
export function identicalShards(shards: readonly SurveyedShard[]): string[] {
  const byIdentity = new Map<string, string[]>()
  for (const { identity, uri } of shards) {
    const uris = byIdentity.get(identity)
    if (uris) uris.push(uri)
    else byIdentity.set(identity, [uri])
  }
  const repeated = [...byIdentity.values()].filter((uris) => uris.length > 1)
  if (repeated.length === 0) return []
  const [first] = repeated.map((uris) => uris.toSorted(byCodeUnit)) as [string[]]
  const more = repeated.length > 1 ? `, and ${repeated.length - 1} other groups of shards` : ''
  return [`${first.slice(0, 3).join(' and ')} have the same bytes${more}: their samples count more than once`]
}

/**
 * A shard with foreign bytes, such as an error page that was saved under its name: `ingest` reports or
 * drops it, depending on its options, and the others are planned.
 */
function byName({ uri }: InputFile, error: unknown): Known {
  const row = formats.find((format) => stemOf(uri, format) !== undefined)
  if (!row || !(error instanceof PipelineError) || error.code !== 'E_FORMAT_UNKNOWN') throw error
  return { format: row.name, outline: null }
}

/** Compressed tars have a key of their own: earlier versions did not look for the compression. */
function memoKey({ uri, format }: InputFile, identity: string, fields: ImageFields): string {
  const compressed = format !== 'auto' && isCompressedTar(uri) ? ' compressed' : ''
  return `${identity} ${format} ${JSON.stringify(fields)}${compressed}`
}

async function look(
  file: InputFile,
  fields: ImageFields,
  settings: StoreSettings | undefined,
): Promise<Known> {
  const source = await openUri(file.uri, settings)
  const known = async (format: InputFormat): Promise<Known> => ({
    format,
    outline: (await formatNamed(format).outline?.(source, fields)) ?? null,
  })
  if (file.format !== 'auto' && !isCompressedTar(file.uri)) return known(file.format)
  const detected = await detectShard(source)
  const { compression } = detected
  return {
    ...(await known(file.format === 'auto' ? detected.format : file.format)),
    ...(compression ? { compression } : {}),
  }
}

function surveyedShard(
  file: InputFile,
  identity: string,
  { format, outline, compression }: Known,
): { readonly shard: SurveyedShard; readonly kind: Kind } {
  const reading = readingOf({
    partitions: file.partitions,
    img2dataset: writtenBy(file, outline),
    compression,
  })
  const kind =
    reading?.img2dataset !== undefined || outline === null || outline.images === 'all'
      ? 'images'
      : outline.images === 'none'
        ? 'urls'
        : 'both'
  const row_groups = outline?.row_groups
  return {
    kind,
    shard: {
      uri: file.uri,
      format,
      size: file.size,
      identity,
      ...(reading ? { reading } : {}),
      ...(row_groups ? { rows: row_groups.reduce((sum, rows) => sum + rows, 0), row_groups } : {}),
    },
  }
}

/**
 * Rows that img2dataset could not fetch have no image. If every row has one, the shard is read as any other
 * parquet file.
 */
function writtenBy(
  { described = false, format }: InputFile,
  outline: ShardOutline | null,
): 'parquet' | 'without_tar' | undefined {
  if (!outline || outline.img2dataset === 'no') return undefined
  if (outline.image_column)
    return outline.img2dataset === 'errors' && outline.images !== 'all' ? 'parquet' : undefined
  return described && format === 'auto' ? 'without_tar' : undefined
}

/** The options that name columns, of the stage that reads the input. */
function fieldsOf(nodes: readonly PlanNode[]): ImageFields {
  const named = (option: string): string | undefined => {
    const values = nodes.map(({ stage, options }) =>
      stage.reads_input ? stage.bind(options).options[option] : undefined,
    )
    return values.find((value) => typeof value === 'string')
  }
  return {
    caption_field: named('caption_field'),
    image_field: named('image_field'),
    url_field: named('url_field'),
  }
}

function partitionsTaken(nodes: readonly PlanNode[]): (column: string) => boolean {
  const bound = nodes.map(({ stage, options }) => stage.bind(options))
  return (column) => bound.some((stage) => stage.takesPartition(column))
}
