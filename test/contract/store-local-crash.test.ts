import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { sha256 } from '../../src/core/digest.js'
import { localStore } from '../../src/io/store/local/store.js'
import { requirements, testWith } from '../requires.js'

/** The store's own system calls fail or kill it, mostly by strace. */

const writer = fileURLToPath(new URL('../fakes/local-writer.ts', import.meta.url))
const straceTest = testWith([requirements.strace, requirements.tracing])
const secondFileSystemTest = testWith([requirements.secondFileSystem])

async function underStrace(t: ExecutionContext, options: string[], withFile = false) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-crash-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const store = join(folder, 'store')
  const log = join(folder, 'trace')
  const file = join(folder, 'body')
  await writeFile(file, 'all of it')
  const strace = ['-f', '--seccomp-bpf', '-y', '-qq', '-o', log, ...options]
  const run = spawnSync(
    'strace',
    [...strace, process.execPath, '--import=tsx', writer, store, 'a/b/object', ...(withFile ? [file] : [])],
    { encoding: 'utf8' },
  )
  return { store, run, out: run.stdout.trim(), trace: await readFile(log, 'utf8') }
}

straceTest('bytes are synced before the name appears, folders after it', async (t) => {
  const { out, trace, store } = await underStrace(t, ['-e', 'trace=fdatasync,fsync,link,linkat'])
  t.is(out, 'created')
  const lines = trace.split('\n')
  const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line))
  const linked = at(/link(at)?\(.*a\/b\/object/)
  t.true(at(/fdatasync\(\d+<.*_tmp\//) >= 0 && at(/fdatasync\(\d+<.*_tmp\//) < linked)
  for (const folder of ['store/a/b>', 'store/a>', 'store>']) {
    t.true(
      lines.findIndex((line, i) => i > linked && line.includes('fsync(') && line.includes(folder)) > linked,
      folder,
    )
  }
  t.deepEqual(await readdir(join(store, '_tmp')), [])
})

for (const call of ['fdatasync', 'link', 'fsync', 'unlink']) {
  straceTest(
    `a writer killed at its first ${call} leaves the whole object or nothing, and the next attempt succeeds`,
    async (t) => {
      const { run, store, trace } = await underStrace(t, [
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:signal=KILL:when=1`,
      ])
      t.is(run.stdout, '')
      t.regex(trace, /killed by SIGKILL/)
      const local = localStore(store)
      const found = await local.stat('a/b/object')
      if (found) t.is(new TextDecoder().decode(await local.read('a/b/object')), 'all of it')
      t.is(
        await local.create('a/b/object', new TextEncoder().encode('all of it')),
        found ? 'exists' : 'created',
      )
      await local.sweep(-1)
      t.deepEqual(await readdir(join(store, '_tmp')), [])
    },
  )
}

for (const [error, code] of [
  ['ENOSPC', 'E_DISK_FULL'],
  ['EIO', 'E_UNEXPECTED'],
] as const) {
  straceTest(`${error} during the sync of the bytes fails, and no name appears`, async (t) => {
    const { out, store, trace } = await underStrace(t, [
      '-e',
      'trace=fdatasync',
      '-e',
      `inject=fdatasync:error=${error}`,
    ])
    t.is(out, code)
    t.regex(trace, /INJECTED/)
    t.is(await localStore(store).stat('a/b/object'), undefined)
    t.deepEqual(await readdir(join(store, '_tmp')), [])
  })
}

secondFileSystemTest('a file on another file system is copied, checked and published', async (t) => {
  const [here, there] = await Promise.all([
    mkdtemp(join(tmpdir(), 'coterie-here-')),
    mkdtemp('/dev/shm/coterie-there-'),
  ])
  t.teardown(() => Promise.all([here, there].map((folder) => rm(folder, { recursive: true, force: true }))))
  const path = join(there, 'body')
  await writeFile(path, 'all of it')
  const store = localStore(join(here, 'store'))
  const file = { path, size: 9, sha256: sha256('all of it') }
  await t.throwsAsync(store.create('x', { ...file, sha256: sha256('other') }), {
    message: /does not match its declared/,
  })
  t.is(await store.stat('x'), undefined)
  t.is(await store.create('x', file), 'created')
  t.is(new TextDecoder().decode(await store.read('x')), 'all of it')
  t.deepEqual(await readdir(join(here, 'store', '_tmp')), [])
})

straceTest('a file system without hard links is refused, since create-once would not be safe', async (t) => {
  const { out, store } = await underStrace(t, ['-e', 'trace=link', '-e', 'inject=link:error=EPERM'], true)
  t.is(out, 'E_NO_HARD_LINK')
  t.is(await localStore(store).stat('a/b/object'), undefined)
})
