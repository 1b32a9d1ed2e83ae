import { expertFolder, expertOfFolder, isExpert, modelOf, partFolder } from '../../../core/model-key.js'
import { readSizes } from '../../../artefacts/sizes.js'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PipelineError } from '../../../core/error.js'
import { byCodeUnit } from '../../../core/json.js'
import type { ByteSource } from '../../../io/source.js'
import { transferCommand } from '../../../io/store/backends.js'
import type { Artefact, FileRecord } from '../../define.js'
import { catalogueKey } from '../../kinds.js'
import type { TrainingContext } from '../tasks.js'
import { type Job, defaultTransfer } from './schema.js'

/** Builds the job file's content, with shards and seed as paths that the trainer can open. */
export async function buildJob(
  context: TrainingContext,
  given: { readonly state: string | undefined },
): Promise<Job> {
  const { key, options, params, keep, takes, threads } = context
  const { kind, index } = modelOf(key)
  const { epochs, samples } = params
  const files = trainingFiles(context)
  const rows = files.reduce((sum, { file }) => sum + (file.rows ?? 0), 0)
  refuseTooFew(context, files.length, rows)
  const totals = await catalogueTotals(takes.shards ?? [])
  const wanted = totals.pairs * epochs * (samples === 'all' ? totals.experts : 1)
  const shards: Job['shards'] = await Promise.all(
    files.map(async ({ artefact, file }, number) => ({
      source: await localPath(
        await artefact.open(file.name),
        join(keep, 'shards', `${String(number).padStart(5, '0')}.tar`),
        options.staging === 'stream',
      ),
      samples: file.rows ?? 0,
      bytes: file.size,
      sha256: `sha256:${file.sha256}`,
    })),
  )
  const { gpus, threads: given_threads, nodes, workers, device, launcher } = options
  return {
    version: 1,
    name: key,
    kind: kind === 'seed' || kind === 'dense' ? kind : 'expert',
    engine: options.engine === 'command' ? 'command' : 'open_clip',
    work: join(keep, 'work'),
    bundle: join(keep, 'bundle'),
    keep: given.state,
    shards,
    out_of_cluster: kind === 'expert' ? totals.out_of_cluster(index) : 0,
    staging: options.staging,
    transfer: transferCommand([given.state ?? '', ...shards.map(({ source }) => source)]) ?? defaultTransfer,
    initial: await initialOf(context),
    model: options.model,
    schedule: {
      // An epoch of the paper has as many samples as there are pairs in all; the trainer's is one pass over
      // the shards of this job.
      epochs: wanted / rows,
      batch_size: options.batch_size,
      sub_epochs: options.sub_epochs,
      learning_rate: options.learning_rate,
      warmup_steps: options.warmup_steps,
      decay: options.decay,
      weight_decay: options.weight_decay,
      beta1: options.beta1,
      beta2: options.beta2,
      epsilon: options.epsilon,
    },
    hardware: {
      device,
      nodes,
      processes: gpus,
      workers,
      threads: given_threads ?? Math.max(1, Math.floor(threads / gpus)),
      launcher,
    },
    // Models on the same data have to start from different seeds, or they come out alike.
    seed: options.seed + (kind === 'full' ? 1 + index : 0),
    open_clip: options.open_clip.arguments,
    limits: options.limits,
  }
}

interface TrainingFile {
  readonly artefact: Artefact
  readonly file: FileRecord
}

/** Tars in group order: an expert's own, one random part, or all parts. */
function trainingFiles({ key, takes, after }: TrainingContext): TrainingFile[] {
  const { kind, index } = modelOf(key)
  const folder =
    kind === 'expert' ? `${expertFolder(index)}/` : kind === 'random' ? `${partFolder(index)}/` : 'part-'
  const artefacts = kind === 'expert' ? (takes.shards ?? []) : after.mix
  const files = artefacts.flatMap((artefact) =>
    artefact.files
      .filter(({ name, rows }) => name.startsWith(folder) && name.endsWith('.tar') && (rows ?? 0) > 0)
      .toSorted((a, b) => byCodeUnit(a.name, b.name))
      .map((file) => ({ artefact, file })),
  )
  if (files.length > 0) return files
  throw new PipelineError({
    code: 'E_NO_PAIRS',
    message: `there are no tars to train ${key} on`,
    hint:
      'URL lists have no images: download them with img2dataset and run on its output; ' +
      'otherwise check what `write` dropped',
  })
}

function refuseTooFew(
  { key, options: { workers, gpus, nodes, batch_size } }: TrainingContext,
  shards: number,
  rows: number,
): void {
  const place = `train/${key}`
  const wanted = Math.max(1, workers) * gpus * nodes
  if (shards < wanted) {
    const option = isExpert(key) ? 'write.shard_megabytes' : 'train.mix_megabytes'
    throw new PipelineError({
      code: 'E_FEW_SHARDS',
      place,
      message: 'there are fewer shards than workers × GPUs: some workers would have nothing to read',
      expected: `at least ${wanted} (${Math.max(1, workers)} × ${gpus * nodes})`,
      found: String(shards),
      hint: `make shards smaller (${option}) or use fewer workers (train.workers)`,
    })
  }
  if (rows < batch_size) {
    throw new PipelineError({
      code: 'E_SMALL_SET',
      place,
      message: 'the training set is smaller than one batch',
      expected: `at least ${batch_size} pairs`,
      found: String(rows),
      hint: 'lower train.batch_size, or use fewer experts',
    })
  }
}

async function catalogueTotals(shards: readonly Artefact[]) {
  const catalogue = shards.find((artefact) => artefact.key === catalogueKey)
  const sizes = await readSizes(catalogue!)
  const experts = Object.entries(sizes).filter(([name]) => expertOfFolder(name) !== undefined)
  return {
    pairs: experts.reduce((sum, [, { own }]) => sum + own, 0),
    experts: experts.length,
    out_of_cluster: (index: number) => sizes[expertFolder(index)]?.ooc ?? 0,
  }
}

const seedWeights = 'checkpoint/open_clip_model.safetensors'

/** The trained seed's bundle, or the user's checkpoint. */
async function initialOf({ options, after, keep, openUri }: TrainingContext): Promise<Job['initial']> {
  if (options.seed_checkpoint !== undefined) {
    const source = await openUri(options.seed_checkpoint)
    return {
      checkpoint: await localPath(
        source,
        join(keep, `initial${options.seed_checkpoint.endsWith('.safetensors') ? '.safetensors' : '.pt'}`),
        false,
      ),
      sha256: undefined,
    }
  }
  const [seed] = after.seed
  if (!seed) return undefined
  const folder = join(keep, 'initial')
  let localFolder: string | undefined
  for (const file of seed.files) {
    const source = await seed.open(file.name)
    if (isLocal(source)) localFolder = source.uri.slice(0, -file.name.length - 1)
    else await localPath(source, join(folder, file.name), false)
  }
  const sha256 = seed.files.find((file) => file.name === seedWeights)?.sha256
  return { checkpoint: localFolder ?? folder, sha256: sha256 && `sha256:${sha256}` }
}

function isLocal(source: ByteSource): boolean {
  return isAbsolute(source.uri)
}

/**
 * Uses a local file in place; copies anything else to `path`, unless a killed attempt already did or it may
 * be streamed.
 */
async function localPath(source: ByteSource, path: string, stream: boolean): Promise<string> {
  if (isLocal(source) || stream) return source.uri
  const existing = await stat(path).catch(() => undefined)
  if (existing?.size === source.size) return path
  await mkdir(dirname(path), { recursive: true })
  await pipeline(Readable.from(source.stream()), createWriteStream(`${path}.part`))
  await rename(`${path}.part`, path)
  return path
}
