import { Command } from 'commander'
import { arraysTable } from '../terminal/arrays-table.js'
import { bytes, count, duration, money, print, printDocument, table } from '../terminal/output.js'
import { sumOfPrices } from '../../submission/prices.js'
import { skippedLine } from '../../io/inputs/skipped.js'
import type { PricedTraining } from '../../submission/plan-document.js'
import {
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  untilOption,
  trustOption,
  lockOption,
} from '../terminal/options.js'

export function planCommand(): Command {
  return new Command('plan')
    .description('show what a run would do and why, stage by stage, without running anything')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .option('--tasks', 'also list every task with its reason')
    .addOption(lockOption())
    .option('--rehash', 'read the bytes of local inputs again instead of recalling their digests')
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        options: {
          profile?: string
          trust?: boolean
          store?: string
          set: string[]
          until?: string
          tasks?: boolean
          lock?: string
          rehash?: boolean
          json?: boolean
        },
      ) => {
        const { plan } = await import('../../api/plan-manifest.js')
        const view = await plan(manifest, options)
        if (options.json) return printDocument('plan', view)
        print(
          table(
            [
              { title: 'stage' },
              { title: 'tasks', align: 'right' },
              { title: 'to run', align: 'right' },
              { title: 'rows', align: 'right' },
              { title: 'writes', align: 'right' },
              { title: 'about', align: 'right' },
              { title: 'reason' },
            ],
            view.stages.map((stage) => [
              stage.stage,
              count(stage.tasks),
              count(stage.to_run),
              count(stage.rows),
              bytes(stage.bytes),
              stage.to_run === 0 ? '-' : `${stage.learned ? '~' : ''}${duration(stage.seconds)}`,
              stage.reason,
            ]),
          ),
        )
        if ('arrays' in view && view.arrays.length > 0) print(`\n${arraysTable(view)}`)
        if (view.training.length > 0) print(`\n${trainingTable(view.training)}`)
        for (const files of view.skipped_inputs) print(skippedLine(files))
        for (const words of view.warnings) print(`warning: ${words}`)
        for (const task of view.tasks ?? [])
          print(`${task.stage}/${task.key}  ${task.reason}  ${task.fingerprint.slice(0, 12)}`)
        const seconds = view.stages.reduce((sum, stage) => sum + (stage.to_run === 0 ? 0 : stage.seconds), 0)
        const toRun = view.stages.reduce((sum, stage) => sum + stage.to_run, 0)
        const open = view.stages.some(({ depends_on }) => depends_on.length > 0)
        const least = view.stages.reduce((sum, { certain }) => sum + certain.to_run, 0)
        const leastSeconds = view.stages.reduce((sum, { certain }) => sum + certain.seconds, 0)
        const work = (tasks: number, about: number) => `${count(tasks)} tasks, about ${duration(about)}`
        print(
          toRun === 0
            ? '\nNothing to do: every task has a result.'
            : open
              ? `\n${work(least, leastSeconds)} of work on one core, if what these make comes out equal; ` +
                `otherwise up to ${work(toRun, seconds)}.`
              : `\n${count(toRun)} tasks to run, about ${duration(seconds)} of work on one core.`,
        )
      },
    )
}

function trainingTable(models: readonly PricedTraining[]): string {
  const hours = (value: number) => (value < 10 ? value.toFixed(3) : count(value))
  const sum = (value: (model: PricedTraining) => number) =>
    models.reduce((all, model) => all + value(model), 0)
  const total = {
    key: 'all',
    samples: sum(({ samples }) => samples),
    steps: sum(({ steps }) => steps),
    gpu_hours: sum(({ gpu_hours }) => gpu_hours),
    price: sumOfPrices(models.map(({ price }) => price)),
    currency: models[0]?.currency ?? '',
  }
  return table(
    [
      { title: 'model' },
      { title: 'samples', align: 'right' },
      { title: 'steps', align: 'right' },
      { title: 'GPU-hours', align: 'right' },
      { title: 'price', align: 'right' },
    ],
    [...models, total].map((model) => [
      model.key,
      count(model.samples),
      count(model.steps),
      hours(model.gpu_hours),
      money(model.price, model.currency),
    ]),
  )
}
