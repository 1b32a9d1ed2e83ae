import { Command } from 'commander'
import { printDocument, print } from '../terminal/output.js'
import { jsonOption, setOption, storeOption, storeProfileOption, untilOption } from '../terminal/options.js'

export function compareCommand(): Command {
  return new Command('compare')
    .description('compare finished runs: options that differ, rows and scores')
    .argument('<runs...>', 'manifests, or the lock files next to them that runs with --set wrote')
    .addOption(storeProfileOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(jsonOption())
    .action(
      async (
        manifests: string[],
        options: { profile?: string; store?: string; set: string[]; until?: string; json?: boolean },
      ) => {
        const { compareRuns, renderComparison } = await import('../../runner/lock/compare.js')
        const comparison = await compareRuns(manifests, options)
        if (options.json) printDocument('compare', comparison)
        else print(renderComparison(comparison))
      },
    )
}
