import { Command } from 'commander'
import { printDocument } from '../terminal/output.js'
import { nonNegativeInteger, positiveInteger } from '../terminal/options.js'
import { stopSignal } from '../terminal/signals.js'

interface TaskOptions {
  threads: number
  store: string
  array: string
  index?: number
}

/**
 * Internal: what a batch scheduler starts. The task's record in the store is the truth; standard output
 * repeats its accounting. An array element finds its tasks in the store, by the array's name and its own
 * index.
 */
export function taskCommand(): Command {
  return new Command('task')
    .description('run the tasks of an array element')
    .requiredOption('--store <uri>', 'the store that holds the array')
    .requiredOption('--array <manifest/name>', 'the array')
    .option(
      '--index <n>',
      'the element; from the environment of the scheduler if left out',
      nonNegativeInteger,
    )
    .option('--threads <n>', 'cores that the task may use', positiveInteger, 1)
    .action(async (options: TaskOptions, command: Command) => {
      const array = /^([^/]+)\/([^/]+)$/.exec(options.array)
      if (!array) command.error('error: --array takes the form manifest/name')
      const { elementFromEnvironment, rendezvousOf, schedulersOfArray } =
        await import('../../submission/environment.js')
      const { runElement } = await import('../../submission/element.js')
      const { systemClock } = await import('../../core/clock.js')
      const [, manifest = '', name = ''] = array ?? []
      const schedulers = await schedulersOfArray(options.store, manifest, name)
      Object.assign(process.env, rendezvousOf(process.env, schedulers))
      const outcome = await runElement({
        store: options.store,
        manifest,
        array: name,
        threads: options.threads,
        ...elementFromEnvironment(process.env, options.index, schedulers),
        signal: stopSignal(),
        clock: systemClock,
        print: (line) => process.stderr.write(`${line}\n`),
      })
      printDocument('task', outcome)
    })
}
