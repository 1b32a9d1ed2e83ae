import { spawn } from 'node:child_process'

/**
 * Runs the contestants in turn, `rounds` times (A B, B A, A B, …), so that a busy or throttled machine
 * affects all of them equally. Each returns a figure (seconds, rows/s). Returns the median of each.
 */
export async function interleaved<K extends string>(
  contestants: { readonly [name in K]: () => Promise<number> },
  rounds: number,
): Promise<{ [name in K]: number }> {
  const names = Object.keys(contestants) as K[]
  const figures = new Map<K, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed())
      figures.get(name)!.push(await contestants[name]())
  }
  return Object.fromEntries(names.map((name) => [name, median(figures.get(name)!)])) as {
    [name in K]: number
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Wall-clock seconds of a call. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

export interface Finished {
  /** Wall-clock seconds of the whole process. */
  readonly seconds: number
  readonly stdout: string
}

/** Runs a program to its end; the error of a failure has the end of its output. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) return resolve({ seconds: (performance.now() - start) / 1000, stdout })
      reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}\n${stderr}`))
    })
  })
}

/** Runs a peer's script, which prints one JSON document as its last line. */
export async function runPeer<T>(
  python: string,
  script: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Finished & { result: T }> {
  const finished = await runProgram(python, [script, ...args], { env })
  return { ...finished, result: JSON.parse(finished.stdout.trimEnd().split('\n').at(-1)!) as T }
}
