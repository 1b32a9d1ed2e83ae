import { Command, Option } from 'commander'
import type { Verification } from '../../runner/lock/verification.js'
import { exitCode } from '../../core/error.js'
import { invocation } from '../terminal/invocation.js'
import { bytes, count, print, printDocument, quoted } from '../terminal/output.js'
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
    .addOption(
      new Option(
        '--repair',
        'compute results again that are missing or damaged, and put those in place that come out as the ' +
          'lock pins them',
      ).conflicts(['rebuild', 'inputs']),
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
          repair?: boolean
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
        for (const path of result.repaired ?? []) print(`repaired ${path}`)
        for (const { path, expected, found } of result.mismatches)
          print(`differs  ${path}\n  expected: ${expected}\n  found:    ${found}`)
        if (result.adopted.length > 0)
          print(
            `${count(result.adopted.length)} tasks came out equal to others and use their files ` +
              '(`coterie explain` names them)',
          )
        print(summaryOf(result, options.rebuild !== undefined))
        if (!result.ok && options.repair)
          print(
            'What is left cannot be computed again with the same bytes. To have it computed anew, with ' +
              `what depends on it, remove its record and run \`${invocation()} run ${quoted(manifest)}\`.`,
          )
      },
    )
}

function summaryOf({ ok, checked, mismatches, ...result }: Verification, rebuilt: boolean): string {
  const outcome = rebuilt ? 'byte-identical when rebuilt' : 'as the lock pins them'
  return ok
    ? `${count(checked)} files, ${bytes(result.bytes)}: all ${outcome}`
    : `${count(mismatches.length)} of ${count(checked)} files are not ${outcome}`
}
