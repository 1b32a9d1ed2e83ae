import { Command } from 'commander'
import {
  jsonOption,
  storeProfileOption,
  setOption,
  storeOption,
  trustOption,
  untilOption,
  lockOption,
} from '../terminal/options.js'
import { bytes, print, printDocument } from '../terminal/output.js'

export function exportCommand(): Command {
  return new Command('export')
    .description('copy the models of a run into one folder that works without the store and the manifest')
    .argument('<manifest>')
    .argument('<folder>', 'a new or empty folder')
    .option(
      '--baselines',
      'include the baselines: models trained on random parts, and several trained on all data',
    )
    .addOption(storeProfileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(lockOption())
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
          until?: string
          lock?: string
          json?: boolean
        },
      ) => {
        const { exportRun } = await import('../../finished/export-run.js')
        const { openFinished } = await import('../../runner/locate.js')
        const exported = await exportRun(await openFinished(manifest, options), folder, {
          baselines: baselines === true,
        })
        if (json) return printDocument('export', exported)
        const { models, wanted } = exported
        print(`${models.length} of ${wanted.length} models, ${bytes(exported.bytes)}: ${exported.folder}`)
        const missing = wanted.filter((model) => !models.includes(model))
        if (missing.length > 0) print(`not finished yet: ${missing.join(', ')}`)
      },
    )
}
