import { Command } from 'commander'
import { printJson } from './output.js'
import { positiveInteger } from './options.js'
import { stopSignal } from './signals.js'

/** Internal: what a batch scheduler starts. The task's record in the store is the truth; standard output repeats its accounting. */
export function taskCommand(): Command {
  return new Command('task')
    .description('run one task from a task file')
    .argument('<file>', 'JSON: {"task": …, "setup": …}')
    .option('--threads <n>', 'cores that the task may use', positiveInteger, 1)
    .action(async (file: string, options: { threads: number }) => {
      const { runTaskFile } = await import('../runner/task-file.js')
      printJson(await runTaskFile(file, options.threads, stopSignal()))
    })
}
