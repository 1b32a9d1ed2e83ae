import { Command } from 'commander'
import { skippedLine } from '../../io/inputs/skipped.js'
import type { RunOptions } from '../../api/options.js'
import type { RunResult } from '../../runner/result.js'
import { count, duration, print, printDocument, table } from '../terminal/output.js'
import {
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  untilOption,
  workersOption,
  trustOption,
  lockOption,
} from '../terminal/options.js'
import { stopSignal } from '../terminal/signals.js'

export function runCommand(): Command {
  return new Command('run')
    .description(
      "run every task that has no result yet, here or on the profile's scheduler, then write the lock",
    )
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(workersOption())
    .option('--frozen', 'fail if anything would run that the lock does not pin (exit 6)')
    .option('--no-keep-going', 'start no task after the first failure')
    .addOption(lockOption())
    .option(
      '--rehash',
      'read the bytes of local inputs again instead of recalling their digests (default with --frozen)',
    )
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        options: {
          profile?: string
          trust?: boolean
          store?: string
          set: string[]
          until?: string
          workers?: number
          frozen?: boolean
          keepGoing: boolean
          lock?: string
          rehash?: boolean
          json?: boolean
        },
      ) => {
        const result = await runWithProgress(manifest, { ...options, keep_going: options.keepGoing })
        if (options.json) printDocument('run', result)
        else printResult(result)
      },
    )
}

/** Runs a manifest while its progress is shown on standard error; stops cleanly on SIGINT and SIGTERM. */
export async function runWithProgress(
  manifest: string,
  options: Omit<RunOptions, 'signal' | 'listen'>,
): Promise<RunResult> {
  const { run } = await import('../../api/run-manifest.js')
  const { progressDisplay } = await import('../terminal/progress.js')
  const display = progressDisplay()
  try {
    return await run(manifest, { ...options, signal: stopSignal(), listen: display.listen })
  } finally {
    display.close()
  }
}

export function printResult(result: RunResult): void {
  const remarked = result.stages.some(({ remarks }) => Object.keys(remarks).length > 0)
  print(
    table(
      [
        { title: 'stage' },
        { title: 'ran', align: 'right' },
        { title: 'reused', align: 'right' },
        { title: 'rows in', align: 'right' },
        { title: 'rows out', align: 'right' },
        { title: 'work', align: 'right' },
        { title: 'dropped' },
        ...(remarked ? [{ title: 'noted' }] : []),
      ],
      result.stages.map((stage) => [
        stage.stage,
        count(stage.executed),
        count(stage.reused),
        count(stage.rows_in),
        count(stage.rows_out),
        stage.executed === 0 ? '-' : duration(stage.seconds),
        counted(stage.dropped),
        ...(remarked ? [counted(stage.remarks)] : []),
      ]),
    ),
  )
  const adopted = result.stages.reduce((sum, stage) => sum + stage.adopted, 0)
  if (adopted > 0)
    print(
      `${count(adopted)} of the reused tasks came out equal to earlier ones (\`coterie explain\` names them)`,
    )
  for (const files of result.skipped_inputs) print(skippedLine(files))
  for (const words of result.warnings) print(`warning: ${words}`)
  if (result.lock) print(`\nlock    ${result.lock}${noteOn(result)}`)
  if (result.report) print(`report  ${result.report}`)
}

const counted = (counts: { readonly [name: string]: number }) =>
  Object.entries(counts)
    .map(([name, number]) => `${count(number)} ${name}`)
    .join(', ')

/** A lock that is not the manifest's own says so. */
function noteOn({ lock_of, manifest }: RunResult): string {
  if (lock_of !== 'experiment') return ''
  return `  (of this --set and --until; the lock of ${manifest} itself is left as it is)`
}
