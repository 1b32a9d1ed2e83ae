import { Command } from 'commander'
import { PipelineError } from '../../core/error.js'
import { jsonOption, nonNegativeInteger, storeOption, storeProfileOption } from '../terminal/options.js'
import { bytes, count, print, printDocument } from '../terminal/output.js'

interface ForgetOptions {
  name?: string
  keepLast?: number
  yes?: boolean
  profile?: string
  store?: string
  json?: boolean
}

export function forgetCommand(): Command {
  return new Command('forget')
    .description('show what forgetting runs would free; with --yes, forget them so that gc may delete it')
    .argument('<store>', 'the store, or a manifest that uses it')
    .argument('[ids...]', 'run ids as listed by `coterie runs`')
    .option('--name <name>', 'choose the runs of manifests with this name')
    .option('--keep-last <n>', 'with --name: keep the latest <n> runs', nonNegativeInteger)
    .option('--yes', 'forget them')
    .addOption(storeProfileOption())
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (target: string, ids: string[], options: ForgetOptions) => {
      const choice = choiceOf(ids, options)
      const { openTarget } = await import('../../runner/snapshots/open-target.js')
      const { forgetSnapshots } = await import('../../runner/snapshots/forget.js')
      const { systemClock } = await import('../../core/clock.js')
      const { listed } = await import('../../runner/snapshots/listed.js')
      const store = await openTarget(target, options)
      const { snapshots, frees, forgotten } = await forgetSnapshots(
        store,
        choice,
        options.yes === true,
        systemClock,
      )
      if (options.json) return printDocument('forget', { runs: snapshots.map(listed), frees, forgotten })
      for (const { id, time, name, manifest } of snapshots)
        print(`${id}  ${time.slice(0, 19).replace('T', ' ')}  ${name}  ${manifest}`)
      const what = `${count(snapshots.length)} ${snapshots.length === 1 ? 'run' : 'runs'}`
      const freed = `${count(frees.objects)} objects (${bytes(frees.bytes)})`
      print(
        forgotten
          ? `forgot ${what}; gc may delete ${freed}`
          : `forgetting ${what} would let gc delete ${freed}; repeat with --yes to forget`,
      )
    })
}

function choiceOf(ids: readonly string[], { name, keepLast }: ForgetOptions) {
  if (name !== undefined && ids.length === 0) return { name, keep_last: keepLast ?? 0 }
  if (ids.length > 0 && name === undefined && keepLast === undefined) return { ids }
  throw new PipelineError({
    code: 'E_USAGE',
    failure: 'usage',
    message: 'name the runs to forget',
    expected: 'ids, or --name NAME with --keep-last N',
  })
}
