import { Command } from 'commander'
import { jsonOption, profileOption, setOption, storeOption, trustOption } from '../terminal/options.js'
import { print, printDocument } from '../terminal/output.js'
import { openContext, type SubmittedOptions } from './submit.js'

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('cancel the jobs of a submitted run; existing results are kept')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: SubmittedOptions) => {
      const { cancelRun } = await import('../../submission/cancel.js')
      const { context } = await openContext(manifest, options)
      const jobs = await cancelRun(context)
      if (options.json) printDocument('cancel', { jobs })
      else
        print(
          jobs === 0 ? 'This run has no active jobs.' : `Cancelled ${jobs} ${jobs === 1 ? 'job' : 'jobs'}.`,
        )
    })
}
