import { Command } from 'commander'
import { positiveInteger, profileOption, setOption, storeOption, trustOption } from '../terminal/options.js'
import { print } from '../terminal/output.js'
import { openContext, type SubmittedOptions } from './submit.js'

export function logsCommand(): Command {
  return new Command('logs')
    .description('what the latest job of a task printed')
    .argument('<task>', 'stage/key as `plan --tasks` shows it, or the beginning of a fingerprint')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .option('--tail <n>', 'only the last lines', positiveInteger)
    .action(async (task: string, manifest: string, options: SubmittedOptions & { tail?: number }) => {
      const { logsOf } = await import('../../submission/logs.js')
      const { context } = await openContext(manifest, options)
      print(await logsOf(context, task, options.tail))
    })
}
