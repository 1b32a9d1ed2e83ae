import { Command } from 'commander'
import { print, printDocument } from '../terminal/output.js'
import {
  jsonOption,
  storeProfileOption,
  setOption,
  storeOption,
  untilOption,
  lockOption,
} from '../terminal/options.js'

export function reportCommand(): Command {
  return new Command('report')
    .description('copy the report of a finished run out of the store')
    .argument('<manifest>')
    .option('--out <file>', 'output file', 'report.html')
    .addOption(storeProfileOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(lockOption())
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        options: {
          out: string
          profile?: string
          store?: string
          set: string[]
          until?: string
          lock?: string
          json?: boolean
        },
      ) => {
        const { readReport } = await import('../../runner/read-report.js')
        const { writeFile } = await import('node:fs/promises')
        const read = await readReport(manifest, options)
        if (options.json)
          return printDocument('report', JSON.parse(new TextDecoder().decode(await read('json'))))
        await writeFile(options.out, await read('html'))
        print(options.out)
      },
    )
}
