import { Command } from 'commander'
import { jsonOption, profileOption, setOption, storeOption, trustOption } from '../terminal/options.js'
import { openContext, printOutcome, type SubmittedOptions } from './submit.js'

export function retryCommand(): Command {
  return new Command('retry')
    .description(
      'submit again what was submitted and did not succeed; more memory or time where that was short',
    )
    .argument('<manifest>')
    .option('--failed', 'not what was cancelled')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: SubmittedOptions & { failed?: boolean }) => {
      const { retryRun } = await import('../../submission/retry.js')
      const { context } = await openContext(manifest, options)
      printOutcome(await retryRun(context, { failed: options.failed === true }), options)
    })
}
