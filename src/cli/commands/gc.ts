import { Command, Option } from 'commander'
import { bytes, count, print, printDocument } from '../terminal/output.js'
import { jsonOption, nonNegativeNumber, storeProfileOption, storeOption } from '../terminal/options.js'

export function gcCommand(): Command {
  return new Command('gc')
    .description(
      'list objects that no manifest or lock needs; with --delete, delete those listed long enough ago',
    )
    .argument('<manifests...>', 'every manifest that uses the store')
    .option('--delete', 'delete objects that an earlier gc listed at least --grace days ago')
    .option(
      '--grace <days>',
      'days since an object was first listed before it may be deleted',
      nonNegativeNumber,
      3,
    )
    .addOption(
      new Option(
        '--forget <name>',
        'release the runs of the manifest with this name, which must not be among the arguments (repeatable)',
      )
        .default([] as string[], 'none')
        .argParser((value: string, list: string[]) => [...list, value]),
    )
    .addOption(storeProfileOption())
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(
      async (
        manifests: string[],
        options: {
          delete?: boolean
          grace: number
          forget: string[]
          profile?: string
          store?: string
          json?: boolean
        },
      ) => {
        const { collectGarbage } = await import('../../runner/garbage.js')
        const { systemClock } = await import('../../core/clock.js')
        const garbage = await collectGarbage(manifests, {
          ...options,
          remove: options.delete === true,
          grace_days: options.grace,
          clock: systemClock,
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
              `coterie gc --delete ${manifests.join(' ')}`,
          )
      },
    )
}
