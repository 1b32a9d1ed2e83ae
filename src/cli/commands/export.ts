import { Command } from 'commander'
import { jsonOption, profileOption, setOption, storeOption, trustOption } from '../terminal/options.js'
import { bytes, print, printDocument } from '../terminal/output.js'

export function exportCommand(): Command {
  return new Command('export')
    .description('put the models of a run into one folder that needs neither store nor manifest')
    .argument('<manifest>')
    .argument('<folder>', 'a new or empty folder')
    .option('--baselines', 'also the models of the random division and of the repeated whole')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        folder: string,
        {
          baselines,
          json,
          ...options
        }: {
          baselines?: boolean
          profile?: string
          trust?: boolean
          store?: string
          set: string[]
          json?: boolean
        },
      ) => {
        const { exportRun } = await import('../../finished/export-run.js')
        const { openFinished } = await import('../../runner/locate.js')
        const made = await exportRun(await openFinished(manifest, options), folder, {
          baselines: baselines === true,
        })
        if (json) return printDocument('export', made)
        print(`${made.models.length} of ${made.wanted.length} models, ${bytes(made.bytes)}: ${made.folder}`)
        const missing = made.wanted.filter((model) => !made.models.includes(model))
        if (missing.length > 0) print(`not there yet: ${missing.join(', ')}`)
      },
    )
}
