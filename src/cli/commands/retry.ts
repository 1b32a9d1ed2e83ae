import { Command } from 'commander'
import {
  idOption,
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  trustOption,
} from '../terminal/options.js'
import { printDocument } from '../terminal/output.js'
import { printResult, runWithProgress } from './run.js'
import { openContext, printOutcome, type SubmittedOptions } from './submit.js'

type RetryOptions = SubmittedOptions & { failed?: boolean; all?: boolean; id: string[] }

export function retryCommand(): Command {
  return new Command('retry')
    .description(
      'repeat tasks that did not succeed; on a scheduler with more memory or time for those that ran out',
    )
    .argument('<manifest>')
    .option('--all', 'without a scheduler: repeat also tasks whose errors stay, not only temporary ones')
    .option('--failed', 'resubmit failed tasks only, not cancelled ones')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(idOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: RetryOptions) => {
      const { openHead } = await import('../../runner/open-manifest.js')
      const { runsLocally } = await import('../../schedulers/table.js')
      if (runsLocally((await openHead(manifest, options)).profile)) {
        const result = await runWithProgress(manifest, {
          ...options,
          retry: options.all ? 'all' : 'temporary',
        })
        return options.json ? printDocument('run', result) : printResult(result)
      }
      const { retryRun } = await import('../../submission/retry.js')
      const { context } = await openContext(manifest, options)
      printOutcome(await retryRun(context, { failed: options.failed === true, ids: options.id }), options)
    })
}
