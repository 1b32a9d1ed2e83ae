import { spawn } from 'node:child_process'
import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { sha256 } from '../../src/core/digest.js'
import type { PipelineError } from '../../src/core/error.js'
import { localStore } from '../../src/io/store/local/store.js'
import { temporaryFolder } from '../fakes/folder.js'
import { mounted } from '../fakes/mounted.js'
import { requirements, testWith } from '../requires.js'

/** Folders that cannot be written and a disk that is full, as a real file system reports them. */

const mountTest = testWith([requirements.mounting])

const writer = fileURLToPath(new URL('../fakes/local-writer.ts', import.meta.url))
const bytes = (length: number) => new Uint8Array(length).fill(7)
const root = process.getuid?.() === 0
const nobody = 65_534

async function codeOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    (outcome) => `it did not fail: ${String(outcome)}`,
    (error: PipelineError) => error.code,
  )
}

/** The outcome of one creation by a user whom modes stop: root is stopped by nothing. */
function asOrdinaryUser(store: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import=tsx', writer, store, 'a/object'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(root ? { uid: nobody, gid: nobody } : {}),
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.on('error', reject).on('close', () => resolve(out.trim()))
  })
}

test('a store whose folder cannot be made is refused at once', async (t) => {
  t.timeout(10_000)
  t.is(await codeOf(localStore('/proc/coterie/store').create('a/object', bytes(3))), 'E_NO_FOLDER')
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'file'), '')
  t.is(await codeOf(localStore(join(folder, 'file')).create('a', bytes(3))), 'E_NO_FOLDER')
  t.is(await codeOf(localStore(join(folder, 'file/below')).create('a', bytes(3))), 'E_NO_FOLDER')
  const store = localStore(folder)
  t.is(await store.create('a', bytes(3)), 'created')
  t.is(await codeOf(store.create('a/below', bytes(3))), 'E_NO_FOLDER')
})

test('a folder without write permission is refused by name, and nothing is left in it', async (t) => {
  const folder = await temporaryFolder(t)
  await chmod(folder, 0o755)
  const closed = join(folder, 'closed')
  await mkdir(closed)
  await chmod(closed, 0o555)
  t.is(await asOrdinaryUser(closed), 'E_PERMISSION')
  t.is(await asOrdinaryUser(join(closed, 'new')), 'E_PERMISSION')
  t.deepEqual(await readdir(closed), [])
  // Only the folder of the object is closed: its temporary file has to go again.
  const half = join(folder, 'half')
  await mkdir(join(half, 'a'), { recursive: true })
  if (root) await chown(half, nobody, nobody)
  await chmod(join(half, 'a'), 0o555)
  t.is(await asOrdinaryUser(half), 'E_PERMISSION')
  t.deepEqual([await readdir(join(half, 'a')), await readdir(join(half, '_tmp'))], [[], []])
})

mountTest('a read-only file system is refused by name', async (t) => {
  const place = await mounted(t, 'size=1m')
  const store = localStore(join(place.folder, 'store'))
  t.is(await store.create('a/first', bytes(10)), 'created')
  place.remount('ro')
  t.is(await codeOf(store.create('a/second', bytes(10))), 'E_READ_ONLY')
  t.is(await codeOf(localStore(join(place.folder, 'other')).create('a', bytes(10))), 'E_READ_ONLY')
  t.is(await store.create('a/first', bytes(10)), 'exists', 'what is there stays of use')
  place.remount('rw')
  t.is(await store.create('a/second', bytes(10)), 'created')
})

mountTest(
  'a full disk is a clear error that leaves no object and no temporary file; ' +
    'with space the same write succeeds',
  async (t) => {
    const place = await mounted(t, 'size=256k')
    const store = localStore(join(place.folder, 'store'))
    t.is(await store.create('a/small', bytes(50_000)), 'created')
    const body = join(await temporaryFolder(t), 'body')
    await writeFile(body, bytes(400_000))
    const file = { path: body, size: 400_000, sha256: sha256(bytes(400_000)) }
    for (const large of [bytes(400_000), file]) {
      const error = await t.throwsAsync<PipelineError>(store.create('a/large', large))
      t.is(error.code, 'E_DISK_FULL')
      t.regex(error.place ?? '', /store\/a\/large$/)
      t.is(await store.stat('a/large'), undefined)
      t.deepEqual(
        [await readdir(join(place.folder, 'store/a')), await readdir(join(place.folder, 'store/_tmp'))],
        [['small'], []],
      )
    }
    t.is((await store.read('a/small')).byteLength, 50_000)
    place.remount('size=2m')
    t.is(await store.create('a/large', bytes(400_000)), 'created')
  },
)
