import { Command } from 'commander'
import {
  idOption,
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  trustOption,
} from '../terminal/options.js'
import { print, printDocument } from '../terminal/output.js'
import { printOthers } from '../terminal/submissions.js'
import type { SubmittedOptions } from './submit.js'

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('cancel the jobs of a submitted run; existing results are kept')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(idOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: SubmittedOptions & { id: string[] }) => {
      const { cancelManifest } = await import('../../submission/cancel-manifest.js')
      const cancelled = await cancelManifest(manifest, { ...options, ids: options.id })
      if (options.json) return printDocument('cancel', cancelled)
      const { jobs, others } = cancelled
      print(jobs === 0 ? 'This run has no active jobs.' : `Cancelled ${jobs} ${jobs === 1 ? 'job' : 'jobs'}.`)
      printOthers(others)
    })
}
