import { Command } from 'commander'
import { maxOf } from '../../core/extremes.js'
import { invocation } from '../terminal/invocation.js'
import { jsonOption, positiveInteger, setOption, workersOption } from '../terminal/options.js'
import { count, duration, print, printDocument } from '../terminal/output.js'
import { printResult, runWithProgress } from './run.js'

interface QuickstartOptions {
  readonly dir: string
  readonly pairs?: number
  readonly workers?: number
  readonly set: string[]
  readonly json?: boolean
}

export function quickstartCommand(): Command {
  return new Command('quickstart')
    .description('create a small crawl of real images and captions, and turn it into data experts')
    .option('--dir <folder>', 'folder for the crawl, the manifest and the results', 'quickstart-run')
    .option('--pairs <n>', 'limit the crawl to about this many pairs', positiveInteger)
    .addOption(workersOption())
    .addOption(setOption())
    .addOption(jsonOption())
    .action(quickstart)
}

async function quickstart(options: QuickstartOptions): Promise<void> {
  const { prepareQuickstart, keepReport } = await import('../../quickstart/prepare.js')
  const start = performance.now()
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const { manifest, corpus } = await prepareQuickstart(options.dir, {
    pairs: options.pairs,
    progress: drawingProgress(say),
  })
  say(
    `${corpus.made ? 'created' : 'kept'} a crawl of ${count(corpus.pairs)} ` +
      `pairs in ${corpus.shards.length} shards: ${corpus.folder}`,
  )
  say(`running ${manifest}`)
  const result = await runWithProgress(manifest, { workers: options.workers, set: options.set })
  const report = result.report === null ? null : await keepReport(result.report, options.dir)
  if (options.json) return printDocument('quickstart', { ...result, report })
  printResult({ ...result, report })
  print(
    `\nDone in ${duration((performance.now() - start) / 1000)}. Next, try:\n\n` +
      `${nextCommands(manifest).join('\n')}`,
  )
}

/** Reports the progress of drawing the pictures at every quarter. */
function drawingProgress(say: (line: string) => void): (drawn: number, total: number) => void {
  return (drawn, total) => {
    if (drawn === 1) say(`drawing ${count(total)} pictures from npm packages`)
    const quarter = Math.floor((4 * drawn) / total)
    if (quarter < 4 && Math.floor((4 * (drawn - 1)) / total) < quarter)
      say(`drew ${count(drawn)} of ${count(total)} pictures`)
  }
}

function nextCommands(manifest: string): string[] {
  const commands = [
    [`plan ${manifest} --set cluster.experts=6`, 'what would run again with six experts, and why'],
    [`verify ${manifest}`, 're-read every result and compare it with the lock'],
    [`explain ${manifest} cluster`, 'what decides the result of a stage'],
  ] as const
  const lines = commands.map(([command, why]) => [`  ${invocation()} ${command}`, why] as const)
  const width = maxOf(
    lines.map(([line]) => line.length),
    0,
  )
  return lines.map(([line, why]) => `${line.padEnd(width)}   # ${why}`)
}
