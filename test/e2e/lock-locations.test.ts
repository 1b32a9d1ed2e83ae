import { execFile } from 'node:child_process'
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { sha256 } from '../../src/core/digest.js'
import { listInputs } from '../../src/io/inputs/list.js'
import { ownLock } from '../../src/runner/lock/location.js'
import { topicCrawl, type TopicCrawl } from './topic-crawl.js'

const test = anyTest as TestFn<{ crawl: TopicCrawl; folder: string }>

test.before(async (t) => {
  t.context = { crawl: await topicCrawl(), folder: await mkdtemp(join(tmpdir(), 'coterie-locks-')) }
})

test.after.always(async (t) => {
  await t.context.crawl?.remove()
  await rm(t.context.folder, { recursive: true, force: true })
})

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

/** The command line as a user starts it: exit code, standard output and standard error. */
function coterie(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return coterieIn({}, ...args)
}

function coterieIn(
  env: { readonly [name: string]: string },
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

async function manifest(folder: string, name: string, crawl: TopicCrawl): Promise<string> {
  await mkdir(join(folder, name), { recursive: true })
  const path = join(folder, name, 'm.yaml')
  await writeFile(
    path,
    `name: run\npipeline: shards\ninput: { uri: ${crawl.folder}/crawl/ }\nstore: ../store\nstages: {}\n`,
  )
  return path
}

async function locksIn(path: string): Promise<string[]> {
  return (await readdir(join(path, '..'))).filter((name) => name.endsWith('.lock.json')).toSorted()
}

const nodesOf = async (path: string) => {
  const lock = JSON.parse(await readFile(path, 'utf8')) as { until?: string; stages: { node: string }[] }
  return { until: lock.until, nodes: lock.stages.map(({ node }) => node) }
}

test('every run that ends well has a lock, and none replaces that of another', async (t) => {
  const path = await manifest(t.context.folder, 'every-run', t.context.crawl)
  const run = async (...args: string[]) => {
    const { code, out, err } = await coterie('run', path, '--json', ...args)
    t.is(code, 0, err)
    return JSON.parse(out) as { lock: string; lock_of: string }
  }
  // A first partial run, a longer one, then a shorter one.
  t.deepEqual(await run('--until', 'ingest').then(({ lock_of }) => lock_of), 'manifest')
  t.deepEqual(await nodesOf(ownLock(path)), { until: 'ingest', nodes: ['ingest'] })
  t.is((await run('--until', 'embed')).lock_of, 'manifest')
  const own = await readFile(ownLock(path), 'utf8')
  t.is((await coterie('verify', path, '--until', 'embed')).code, 0)
  const shorter = await run('--until', 'ingest')
  t.is(shorter.lock_of, 'experiment')
  t.deepEqual(await nodesOf(shorter.lock), { until: 'ingest', nodes: ['ingest'] })
  // An experiment, written in two ways, and another.
  const first = await run('--until', 'embed', '--set', 'ingest.min_characters=2', '--set', 'ingest.seed=3')
  const again = await run('--set', 'ingest.seed= 3', '--until', 'embed', '--set', 'ingest.min_characters=2')
  const other = await run('--until', 'embed', '--set', 'ingest.min_characters=4')
  t.is(first.lock, again.lock)
  t.is(first.lock_of, 'experiment')
  t.not(first.lock, other.lock)
  t.is(await readFile(ownLock(path), 'utf8'), own)
  t.is((await locksIn(path)).length, 4)
  t.regex((await coterie('run', path, '--until', 'ingest')).out, /m\.[0-9a-f]{8}\.lock\.json .*left as it is/)

  // Each is found by the same flags, and never another.
  for (const args of [['ingest.min_characters=2', 'ingest.seed=3'], ['ingest.min_characters=4']]) {
    const flags = [...args.flatMap((arg) => ['--set', arg]), '--until', 'embed']
    t.is((await coterie('verify', path, ...flags)).code, 0)
    t.is((await coterie('run', path, '--frozen', ...flags)).code, 0)
  }
  const absent = await coterie('verify', path, '--set', 'ingest.min_characters=5')
  t.is(absent.code, 6)
  t.regex(absent.err, /E_NO_LOCK[^]*--set ingest\.min_characters=5/)
})

test('--lock names the place; one that cannot be written is refused before anything runs', async (t) => {
  const path = await manifest(t.context.folder, 'named', t.context.crawl)
  const store = join(t.context.folder, 'named-store')
  for (const [place, pattern] of [
    [join(path, 'lock.json'), /ENOTDIR/],
    [join(t.context.folder, 'absent', 'x.lock.json'), /ENOENT/],
    [path, /not a lock/],
  ] as const) {
    const { code, err } = await coterie('run', path, '--until', 'ingest', '--store', store, '--lock', place)
    t.is(code, 2, err)
    t.regex(err, /E_LOCK_LOCATION/)
    t.regex(err, pattern)
    t.false((await readdir(store).catch((): string[] => [])).includes('ingest'))
  }
  const place = join(t.context.folder, 'elsewhere.lock.json')
  const flags = ['--until', 'ingest', '--store', store, '--lock', place]
  t.is((await coterie('run', path, ...flags)).code, 0)
  t.is((await coterie('verify', path, ...flags)).code, 0)
  t.deepEqual(await locksIn(path), [])
})

test('--rehash, --frozen and verify --inputs read the bytes, not their times', async (t) => {
  const { folder, crawl } = t.context
  const own = join(folder, 'rehash', 'crawl')
  await mkdir(own, { recursive: true })
  const [tar = ''] = (await readdir(join(crawl.folder, 'crawl'))).filter((name) => name.endsWith('.tar'))
  await copyFile(join(crawl.folder, 'crawl', tar), join(own, 'a.tar'))
  const path = join(folder, 'rehash', 'm.yaml')
  await writeFile(path, 'name: run\npipeline: shards\ninput: { uri: crawl/ }\nstore: store\nstages: {}\n')
  const cache = join(folder, 'rehash', 'cache')
  const here = (...args: string[]) => coterieIn({ COTERIE_CACHE: cache }, ...args)
  t.is((await here('run', path, '--until', 'ingest')).code, 0)
  t.is((await here('verify', path, '--until', 'ingest', '--inputs')).code, 0)

  // The memory of another image with the same times: it holds a digest under the stamp of this file.
  const { stamp = '' } = (await listInputs({ uri: join(own, 'a.tar') }))[0] ?? {}
  const wrong = sha256('other bytes')
  await mkdir(cache, { recursive: true })
  await writeFile(
    join(cache, 'identities.txt'),
    `${sha256(`${stamp} ${wrong}`).slice(0, 8)} ${stamp} ${wrong}\n`,
  )
  const toRun = async (...flags: string[]) => {
    const { out } = await here('plan', path, '--until', 'ingest', '--json', ...flags)
    return (JSON.parse(out) as Planned).stages[0]?.to_run
  }
  t.is(await toRun(), 1)
  t.is(await toRun('--rehash'), 0)
  await writeFile(
    join(cache, 'identities.txt'),
    `${sha256(`${stamp} ${wrong}`).slice(0, 8)} ${stamp} ${wrong}\n`,
  )
  t.is((await here('run', path, '--until', 'ingest', '--frozen')).code, 0)

  await appendFile(join(own, 'a.tar'), new Uint8Array(512))
  const changed = await here('verify', path, '--until', 'ingest', '--inputs')
  t.is(changed.code, 6)
  t.regex(changed.out, /differs {2}.*a\.tar/)
  await rm(join(own, 'a.tar'))
  t.regex((await here('verify', path, '--until', 'ingest', '--inputs')).out, /a\.tar[^]*missing/)
  t.is((await here('verify', path, '--until', 'ingest')).code, 0)
})

interface Planned {
  readonly stages: readonly { readonly to_run: number }[]
}
