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
 * Internal: batch schedulers start this. An array element finds its tasks in the store, by the id of the
 * submission, the name of the array and its own index. Their records in the store are authoritative; standard
 * output repeats the accounting.
 */
export function taskCommand(): Command {
  return new Command('task')
    .description('run the tasks of one array element')
    .requiredOption('--store <uri>', 'the store that holds the array')
    .requiredOption('--array <id/name>', 'the id of the submission, and the name of the array')
    .option('--index <n>', "the element (default: from the scheduler's environment)", nonNegativeInteger)
    .option('--threads <n>', 'cores that a task may use', positiveInteger, 1)
    .action(async (options: TaskOptions, command: Command) => {
      const array = /^([^/]+)\/([^/]+)$/.exec(options.array)
      if (!array) command.error('error: --array takes the form id/name')
      const { elementFromEnvironment, rendezvousOf, schedulersOfArray } =
        await import('../../submission/environment.js')
      const { runElement } = await import('../../submission/element.js')
      const { systemClock } = await import('../../core/clock.js')
      const [, folder = '', name = ''] = array ?? []
      const schedulers = await schedulersOfArray(options.store, folder, name)
      Object.assign(process.env, rendezvousOf(process.env, schedulers))
      const outcome = await runElement({
        store: options.store,
        folder,
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
