import { Command } from 'commander'
import { bytes, count, print, printDocument } from '../terminal/output.js'
import { jsonOption, nonNegativeNumber, profileOption, storeOption } from '../terminal/options.js'

export function gcCommand(): Command {
  return new Command('gc')
    .description('list, and later delete, what no manifest and no lock needs')
    .argument('<manifests...>', 'every manifest that uses the store')
    .option('--delete', 'remove what an earlier gc listed at least the grace time ago')
    .option(
      '--grace <days>',
      'how long something must have been listed before it is removed',
      nonNegativeNumber,
      3,
    )
    .option(
      '--forget <name>',
      'give up the runs of a manifest that is not named; may be repeated',
      (value: string, list: string[]) => [...list, value],
      [] as string[],
    )
    .addOption(profileOption())
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
          return print('nothing to collect: everything in the store is needed')
        const left = garbage.candidates.length - garbage.removed
        print(
          `\n${count(garbage.candidates.length)} objects, ${bytes(garbage.bytes)}, ` +
            `are needed by nothing; ${count(garbage.removed)} removed now`,
        )
        if (left > 0)
          print(
            `after ${options.grace} days from their first listing: ` +
              `coterie gc --delete ${manifests.join(' ')}`,
          )
      },
    )
}
