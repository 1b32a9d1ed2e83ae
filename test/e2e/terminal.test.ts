import { spawnSync } from 'node:child_process'
import { existsSync, openSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { python, requirements, testWith } from '../requires.js'
import { Place, crawlTar } from '../situations/place.js'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

/** Runs its arguments in a new terminal, closes that after the first output, and prints the wait status. */
const closing = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.read(terminal, 1)
os.close(terminal)
print(os.waitpid(pid, 0)[1])
`

const withTerminal = testWith([requirements.python])

withTerminal('a run whose terminal is closed goes on, and exits with its own code', async (t) => {
  t.timeout(300_000)
  const place = await Place.make(t)
  await place.write('c.tar', await crawlTar(12))
  await place.manifest('{ uri: c.tar }')
  const words = ['-c', closing, process.execPath, main, 'run', 'm.yaml', '--until', 'write']
  const { stdout, stderr } = spawnSync(python, words, { cwd: place.folder, encoding: 'utf8' })
  t.is(stdout, '0\n', stderr)
  t.true(existsSync(join(place.folder, 'm.lock.json')))
})

const onLinux = testWith([
  { missing: () => (existsSync('/dev/full') ? undefined : 'this system has no /dev/full') },
])

onLinux(
  'output that cannot be written is an error of one line; a failed command keeps its code',
  async (t) => {
    t.timeout(300_000)
    const place = await Place.make(t)
    await place.write('c.tar', await crawlTar(12))
    await place.write('broken/c.tar', (await crawlTar(12)).subarray(0, 5000))
    await place.manifest('{ uri: c.tar }')
    const cases: [code: number, ...words: string[]][] = [
      [4, '--help'],
      [4, 'validate', 'm.yaml'],
      [4, 'plan', 'm.yaml', '--json'],
      [4, 'run', 'm.yaml', '--until', 'ingest', '--json'],
      [4, 'status', 'm.yaml'],
      [3, 'validate', 'nothing.yaml', '--json'],
      [6, 'doctor', 'shards', 'broken'],
    ]
    for (const [code, ...words] of cases) {
      const full = openSync('/dev/full', 'w')
      const ended = spawnSync(process.execPath, [main, ...words], {
        cwd: place.folder,
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      })
      closeSync(full)
      t.is(ended.status, code, `${words.join(' ')}: ${ended.stderr}`)
      t.regex(ended.stderr, /^standard output {2}E_OUTPUT .*\n$/m, words.join(' '))
      t.notRegex(ended.stderr, /\n {4}at /)
    }
    t.true(existsSync(join(place.folder, 'm.lock.json')))
  },
)
