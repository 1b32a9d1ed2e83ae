import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requirements, testWith } from '../requires.js'
import { topicCrawl } from './topic-crawl.js'

/** Two users of one group, who have neither a home folder nor a name. */
const group = 54_321
const [first, second] = [54_001, 54_002]
const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

function coterieAs(uid: number, umask: string, ...args: string[]): Promise<{ code: number; out: string }> {
  const { HOME: _, COTERIE_CACHE: __, ...env } = process.env
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, main, ...args],
      { uid, gid: group, env },
      (error, out, log) =>
        resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, out: out + log }),
    )
  })
}

testWith([requirements.root])('two users of a group share a store, and collect garbage in it', async (t) => {
  const crawl = await topicCrawl()
  const folder = await mkdtemp(join(tmpdir(), 'coterie-group-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  t.teardown(() => crawl.remove())
  await chmod(folder, 0o755)
  const store = join(folder, 'store')
  await mkdir(store)
  await chown(store, 0, group)
  await chmod(store, 0o2775)
  const manifests: string[] = []
  for (const uid of [first, second]) {
    const own = join(folder, String(uid))
    await mkdir(own)
    await cp(join(crawl.folder, 'crawl'), join(own, 'crawl'), { recursive: true })
    const path = join(own, 'm.yaml')
    await writeFile(
      path,
      'name: run\npipeline: shards\ninput: { uri: crawl/ }\nstore: ../store\nstages: {}\n',
    )
    await chown(own, uid, group)
    manifests.push(path)
  }
  const [mine, theirs] = manifests as [string, string]
  const began = await coterieAs(first, '002', 'run', mine, '--until', 'embed')
  t.is(began.code, 0, began.out)
  const reused = await coterieAs(second, '002', 'run', theirs, '--until', 'embed', '--json')
  t.is(reused.code, 0, reused.out)
  t.regex(reused.out, /"executed": ?0/)
  const other = ['run', theirs, '--until', 'embed', '--set', 'ingest.min_characters=2']
  t.is((await coterieAs(second, '002', ...other)).code, 0)
  const { runs } = JSON.parse((await coterieAs(first, '002', 'runs', store, '--json')).out) as {
    runs: { id: string; user: string }[]
  }
  t.deepEqual(
    runs.map(({ user }) => user),
    [`uid-${first}`, `uid-${second}`, `uid-${second}`],
  )
  // The first user forgets and deletes what the second made.
  t.is((await coterieAs(first, '002', 'forget', store, runs[2]?.id as string, '--yes')).code, 0)
  for (let call = 0; call < 2; call++) {
    const collected = await coterieAs(first, '002', 'gc', store, '--delete', '--grace', '0')
    t.is(collected.code, 0, collected.out)
  }
  for (const [uid, path] of [
    [first, mine],
    [second, theirs],
  ] as const) {
    const again = await coterieAs(uid, '002', 'run', path, '--until', 'embed', '--json')
    t.is(again.code, 0, again.out)
    t.notRegex(again.out, /"executed": ?[1-9]/)
  }
  for (const name of await readdir(store)) t.is((await stat(join(store, name))).gid, group, name)
})
