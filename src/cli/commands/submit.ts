import { Command } from 'commander'
import type { SubmitOutcome } from '../../submission/submit.js'
import {
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  untilOption,
  trustOption,
} from '../terminal/options.js'
import { count, duration, print, printDocument, table } from '../terminal/output.js'

export interface SubmittedOptions {
  profile?: string
  trust?: boolean
  store?: string
  set: string[]
  until?: string
  json?: boolean
}

export function submitCommand(): Command {
  return new Command('submit')
    .description('submit every task that has no result yet to a batch scheduler, and return')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: SubmittedOptions) => {
      const { submitMissing } = await import('../../submission/submit.js')
      const { settle } = await import('../../runner/adoption/settle.js')
      const { context, prepared } = await openContext(manifest, options)
      await settle(prepared.plan, prepared.foreseen, context.store, context.clock)
      const outcome = await submitMissing(context)
      await prepared.remember()
      printOutcome(outcome, options)
    })
}

/** Plans a manifest and opens the scheduler of its profile. */
export async function openContext(manifest: string, options: SubmittedOptions) {
  const { prepare } = await import('../../runner/prepare.js')
  const { submissionContext } = await import('../../submission/context.js')
  const prepared = await prepare(manifest, options)
  const context = await submissionContext(prepared)
  const { requireSafeStore } = await import('../../io/store/require-create-once.js')
  await requireSafeStore(context.store)
  await prepared.keepPlugins()
  return { context, prepared }
}

export function printOutcome(
  { submission, submitted, active, done, left }: SubmitOutcome,
  { json }: { json?: boolean },
): void {
  if (json) {
    printDocument('submit', {
      submission: submission?.id ?? null,
      submitted,
      active,
      done,
      left,
      arrays: submission?.arrays ?? [],
    })
    return
  }
  if (submission) {
    print(
      table(
        [
          { title: 'stage' },
          { title: 'tasks', align: 'right' },
          { title: 'elements', align: 'right' },
          { title: 'cores', align: 'right' },
          { title: 'memory', align: 'right' },
          { title: 'GPUs', align: 'right' },
          { title: 'limit', align: 'right' },
          { title: 'name' },
        ],
        submission.arrays.map(({ node, tasks, size, resources, name }) => [
          node,
          count(tasks),
          count(size),
          String(resources.cpus),
          `${(resources.memory_bytes / 1e9).toFixed(1)} GB`,
          String(resources.gpus),
          duration(resources.seconds),
          name,
        ]),
      ),
    )
    print('')
  }
  const parts = [
    `${count(submitted)} tasks submitted`,
    ...(active > 0 ? [`${count(active)} already active`] : []),
    `${count(done)} done`,
    ...(left > 0 ? [`${count(left)} left for later`] : []),
  ]
  print(`${parts.join(', ')}.`)
}
