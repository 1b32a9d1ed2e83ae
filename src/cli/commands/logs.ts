import { Command } from 'commander'
import { positiveInteger, profileOption, setOption, storeOption, trustOption } from '../terminal/options.js'
import { print } from '../terminal/output.js'
import { openContext, type SubmittedOptions } from './submit.js'

export function logsCommand(): Command {
  return new Command('logs')
    .description("print the output of a task's latest job")
    .argument('<task>', 'stage/key as shown by `plan --tasks`, or a prefix of its fingerprint')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .option('--tail <n>', 'print only the last <n> lines', positiveInteger)
    .action(async (task: string, manifest: string, options: SubmittedOptions & { tail?: number }) => {
      const { logsOf } = await import('../../submission/logs.js')
      const { openHead } = await import('../../runner/open-manifest.js')
      const { runsLocally } = await import('../../schedulers/table.js')
      if (runsLocally((await openHead(manifest, options)).profile)) {
        const { localLog } = await import('../../api/local-log.js')
        return print(await localLog(manifest, task, options))
      }
      const { context } = await openContext(manifest, options)
      print(await logsOf(context, task, options.tail))
    })
}
