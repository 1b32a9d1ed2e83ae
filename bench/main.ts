import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { cpus, platform, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { judge, type Bench, type BenchDocument, type BenchResult, type Machine } from './bench.js'
import { benchCache, peerPython, peerVersions } from './peers.js'

const helpers = new Set(['bench.ts', 'main.ts', 'measure.ts', 'peers.ts'])
const usage = 'usage: npm run bench -- NAME… | all [--json] [--quick]\n'

async function main(args: readonly string[]): Promise<number> {
  const files = (await readdir(import.meta.dirname)).filter(
    (name) => name.endsWith('.ts') && !helpers.has(name),
  )
  const available = files.map((name) => name.slice(0, -3)).sort()
  const flags = args.filter((arg) => arg.startsWith('--'))
  const wanted = args.filter((arg) => !arg.startsWith('--'))
  const names = wanted.includes('all') ? available : wanted
  const wrong = [
    ...flags.filter((flag) => flag !== '--json' && flag !== '--quick'),
    ...names.filter((name) => !available.includes(name)),
  ]
  if (names.length === 0 || wrong.length > 0) {
    process.stderr.write(
      `${wrong.map((word) => `unknown: ${word}\n`).join('')}${usage}benches: ${available.join(', ')}\n`,
    )
    return 2
  }
  let missed = 0
  for (const name of names) {
    const { bench } = (await import(`./${name}.ts`)) as { bench: Bench }
    const document = await runBench(bench, flags.includes('--quick'))
    process.stdout.write(
      flags.includes('--json') ? `${JSON.stringify(document)}\n` : await table(bench, document),
    )
    missed += document.results.filter((result) => result.met === false).length
  }
  return missed === 0 ? 0 : 6
}

async function runBench(bench: Bench, quick: boolean): Promise<BenchDocument> {
  const say = (line: string): void => void process.stderr.write(`${bench.name}: ${line}\n`)
  const cache = join(benchCache(), bench.name)
  await mkdir(cache, { recursive: true })
  const scratch = await mkdtemp(join(tmpdir(), `coterie-bench-${bench.name}-`))
  try {
    const python = bench.requirements ? await peerPython(bench.requirements, say) : 'python3'
    const comparisons = await bench.run({ python, cache, scratch, quick, say })
    return { name: bench.name, machine: describeMachine(), results: comparisons.map(judge) }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function describeMachine(): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memory_bytes: totalmem(),
    platform: `${platform()} ${release()}`,
    node: process.version,
  }
}

async function table(bench: Bench, document: BenchDocument): Promise<string> {
  const { machine } = document
  const peers = bench.requirements ? await peerVersions(bench.requirements) : []
  const rows = [['work', 'unit', 'ours', 'peer', '', 'ratio', 'goal', ''], ...document.results.map(tableRow)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return [
    `${bench.name}: ${bench.doc}`,
    `machine: ${machine.cpu}, ${machine.cores} cores, ` +
      `${(machine.memory_bytes / 2 ** 30).toFixed(0)} GiB, ${machine.platform}, node ${machine.node}`,
    ...(peers.length > 0 ? [`peers: ${peers.join(', ')}`] : []),
    '',
    ...rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    ),
    '',
    '',
  ].join('\n')
}

function tableRow(result: BenchResult): string[] {
  const verdict = result.met === null ? '' : result.met ? 'met' : 'MISSED'
  return [
    result.work,
    result.unit,
    figure(result.ours),
    figure(result.peer),
    result.peer_name,
    `${result.ratio.toFixed(3)} x`,
    result.goal ?? '-',
    verdict,
  ]
}

function figure(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(4)
}

process.exitCode = await main(process.argv.slice(2))
