import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { InputFormat } from '../../src/io/crawl/formats.js'

const reader = fileURLToPath(new URL('./read-shards.ts', import.meta.url))
const heapMegabytes = 256
/** Of the whole process, with what lies outside of V8's heap. */
const addressSpaceKilobytes = 4 << 20
const slowestSeconds = 20

/**
 * Rows or the code of a refusal, by path. Throws if the process that reads dies, or takes too long over one
 * shard.
 */
export async function readCapped(
  shards: readonly { readonly format: InputFormat; readonly path: string }[],
): Promise<Map<string, string>> {
  const command = `ulimit -d ${addressSpaceKilobytes}; exec "$@"`
  const child = spawn(
    'sh',
    ['-c', command, 'sh', process.execPath, `--max-old-space-size=${heapMegabytes}`, '--import=tsx', reader],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const outcomes = new Map<string, string>()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  let watchdog: NodeJS.Timeout | undefined
  let late = false
  const watch = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, slowestSeconds * 1000)
  }
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    watch()
    const [outcome = '', path] = line.split(' ')
    if (path !== undefined) outcomes.set(path, outcome)
  })
  watch()
  const ended = new Promise<string>((resolve, reject) =>
    child.on('error', reject).on('close', (code, signal) => resolve(String(signal ?? code))),
  )
  child.stdin.on('error', () => {})
  child.stdin.end(shards.map(({ format, path }) => `${format} ${path}\n`).join(''))
  const status = await ended
  clearTimeout(watchdog)
  const next = shards.find(({ path }) => !outcomes.has(path))
  if (late) throw new Error(`more than ${slowestSeconds} s over ${next?.path}`)
  if (status !== '0' || next) throw new Error(`the reader ended with ${status} over ${next?.path}\n${said}`)
  return outcomes
}
