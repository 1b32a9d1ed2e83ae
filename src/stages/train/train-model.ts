import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeTrainingCost } from '../../artefacts/training-cost.js'
import { PipelineError } from '../../core/error.js'
import { buildJob } from './job/build.js'
import { requireVersions } from './job/require-versions.js'
import { runTrainer } from './job/run-trainer.js'
import { takeBundle } from './job/take-bundle.js'
import type { TrainingContext } from './tasks.js'

/** Trains one model in a separate process: job file in, bundle out. */
export async function trainModel(context: TrainingContext): Promise<void> {
  const { options, key, keep, checkpoints, params, account } = context
  const { versions } = params
  const command = options.trainer ?? [
    process.env.COTERIE_PYTHON ?? 'python3',
    '-m',
    'coterie_trainer',
    'train',
  ]
  await requireVersions(options.engine, command, versions)
  await mkdir(keep, { recursive: true })
  const state = join(keep, 'state')
  const saved = await checkpoints?.restore(state)
  const job = await buildJob(context, { state: checkpoints ? state : undefined })
  const rows = job.shards.reduce((sum, { samples }) => sum + samples, 0)
  account.rowsIn(rows)
  account.rowsOut(rows)
  const file = join(keep, 'job.json')
  await writeFile(file, `${JSON.stringify(job, undefined, 2)}\n`)
  if (saved) context.log.info({ task: key }, 'resuming from the checkpoint in the store')
  const record = await runTrainer({
    command: [...command, file],
    work: job.work,
    context,
    state: checkpoints && state,
  })
  const wanted = Math.floor(rows * job.schedule.epochs)
  if (record.samples_seen !== undefined && record.samples_seen < wanted - job.schedule.batch_size) {
    throw new PipelineError({
      code: 'E_TRAINING_SHORT',
      message: 'the trainer reports success but has seen too few samples',
      place: `train/${key}`,
      expected: `${wanted} samples, or up to one batch less`,
      found: String(record.samples_seen),
    })
  }
  await takeBundle(job.bundle, context)
  await writeTrainingCost(context.out, { samples_seen: record.samples_seen, gpu_hours: record.gpu_hours })
  context.note('model', key)
  context.note('engine', options.engine)
  for (const name of [
    'samples_seen',
    'steps',
    'gpu_hours',
    'training_seconds',
    'attempts',
    'processes',
    'bad_samples',
  ] as const) {
    const value = record[name]
    if (value !== undefined) context.note(name, value)
  }
  context.note('loss', record.loss?.last ?? null)
  context.note('versions', record.versions ?? {})
}
