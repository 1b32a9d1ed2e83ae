import { Command } from 'commander'
import {
  idOption,
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  trustOption,
} from '../terminal/options.js'
import { openContext, printOutcome, type SubmittedOptions } from './submit.js'

export function retryCommand(): Command {
  return new Command('retry')
    .description('resubmit tasks that did not succeed, with more memory or time for those that ran out of it')
    .argument('<manifest>')
    .option('--failed', 'resubmit failed tasks only, not cancelled ones')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(idOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: SubmittedOptions & { failed?: boolean; id: string[] }) => {
      const { retryRun } = await import('../../submission/retry.js')
      const { context } = await openContext(manifest, options)
      printOutcome(await retryRun(context, { failed: options.failed === true, ids: options.id }), options)
    })
}
