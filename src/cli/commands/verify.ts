import { Command } from 'commander'
import { exitCode } from '../../core/error.js'
import { bytes, count, print, printDocument } from '../terminal/output.js'
import {
  jsonOption,
  storeProfileOption,
  storeOption,
  workersOption,
  trustOption,
  setOption,
  untilOption,
  lockOption,
} from '../terminal/options.js'
import { stopSignal } from '../terminal/signals.js'

export function verifyCommand(): Command {
  return new Command('verify')
    .description('read every file that the lock pins and compare digests')
    .argument('<manifest>')
    .option('--inputs', 'also read the inputs of the run and compare them with the lock')
    .option(
      '--rebuild <dir>',
      'rebuild the shards, and stages declared rebuildable, from the inputs and the stored vectors into ' +
        'this folder, and compare them with the stored ones',
    )
    .addOption(storeProfileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(workersOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(lockOption())
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        options: {
          inputs?: boolean
          rebuild?: string
          profile?: string
          trust?: boolean
          store?: string
          workers?: number
          set: string[]
          until?: string
          lock?: string
          json?: boolean
        },
      ) => {
        const { verify } = await import('../../api/verify-run.js')
        const { progressDisplay } = await import('../terminal/progress.js')
        const display = progressDisplay()
        const result = await verify(manifest, { ...options, signal: stopSignal(), listen: display.listen })
        display.close()
        if (!result.ok) process.exitCode = exitCode.check
        if (options.json) return printDocument('verify', result)
        for (const { path, expected, found } of result.mismatches)
          print(`differs  ${path}\n  expected: ${expected}\n  found:    ${found}`)
        if (result.adopted.length > 0)
          print(
            `${count(result.adopted.length)} tasks came out equal to others and use their files ` +
              '(`coterie explain` names them)',
          )
        const outcome =
          options.rebuild === undefined ? 'as the lock pins them' : 'byte-identical when rebuilt'
        print(
          result.ok
            ? `${count(result.checked)} files, ${bytes(result.bytes)}: all ${outcome}`
            : `${count(result.mismatches.length)} of ${count(result.checked)} files are not ${outcome}`,
        )
      },
    )
}
