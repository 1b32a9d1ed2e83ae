import { Command, Option } from 'commander'
import { PipelineError } from '../../core/error.js'
import { jsonOption, nonNegativeNumber, storeProfileOption, storeOption } from '../terminal/options.js'
import { bytes, count, print, printDocument, quoted } from '../terminal/output.js'

export function gcCommand(): Command {
  return new Command('gc')
    .description(
      'list objects that no registered run needs (see `coterie runs`); with --delete, delete those first ' +
        'listed at least --grace days ago',
    )
    .argument('<store...>', 'the store, or a manifest that uses it')
    .option('--delete', 'delete objects that an earlier gc listed at least --grace days ago')
    .option(
      '--grace <days>',
      'days since an object was first listed before it may be deleted',
      nonNegativeNumber,
      3,
    )
    .addOption(new Option('--forget <name>', 'replaced by `coterie forget`').hideHelp())
    .addOption(storeProfileOption())
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(
      async (
        targets: string[],
        options: {
          delete?: boolean
          grace: number
          forget?: string
          profile?: string
          store?: string
          json?: boolean
        },
      ) => {
        if (options.forget !== undefined) throw forgetMoved(options.forget)
        const { collectGarbage } = await import('../../runner/garbage.js')
        const { openSharedTarget } = await import('../../runner/snapshots/open-target.js')
        const { systemClock } = await import('../../core/clock.js')
        const { scratchFolder } = await import('../../runner/storage.js')
        const store = await openSharedTarget(targets, options)
        const garbage = await collectGarbage(store, {
          remove: options.delete === true,
          grace_days: options.grace,
          clock: systemClock,
          scratch: scratchFolder({ store: store.uri }),
        })
        if (options.json) return printDocument('gc', garbage)
        for (const item of garbage.candidates) print(`${item.key}  ${bytes(item.size)}`)
        if (garbage.candidates.length === 0)
          return print('nothing to collect: every object in the store is needed')
        const left = garbage.candidates.length - garbage.removed
        print(
          `\n${count(garbage.candidates.length)} objects (${bytes(garbage.bytes)}) are no longer needed; ` +
            `${count(garbage.removed)} deleted now`,
        )
        if (left > 0)
          print(
            `to delete the rest, ${options.grace} days after it was first listed: ` +
              `coterie gc --delete ${targets.map(quoted).join(' ')}`,
          )
      },
    )
}

function forgetMoved(name: string): PipelineError {
  return new PipelineError({
    code: 'E_USAGE',
    failure: 'usage',
    message: '--forget has become a separate command',
    hint: `coterie forget STORE --name ${quoted(name)} --keep-last 0`,
  })
}
