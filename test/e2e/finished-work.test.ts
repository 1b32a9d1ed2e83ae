import { execFile } from 'node:child_process'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { addShard, smallQuickstart, type SmallQuickstart } from './small-quickstart.js'

const test = anyTest as TestFn<{ small: SmallQuickstart }>

test.before(async (t) => {
  t.context = { small: await smallQuickstart(360) }
})

test.after.always(async (t) => t.context.small?.remove())

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

function coterie(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

test('finished work stays usable when the crawl grows, is moved away, or options change', async (t) => {
  const { small } = t.context
  const path = await small.manifest('world')
  const folder = join(small.folder, 'world')
  const lock = join(folder, 'small.lock.json')
  const title = ['--set', 'report.title=Other']
  t.is((await coterie('run', path)).code, 0)
  const other = await coterie('run', path, '--json', ...title)
  t.is(other.code, 0, other.err)
  const otherLock = (JSON.parse(other.out) as { lock: string }).lock
  const pinned = await readFile(lock, 'utf8')
  const classes = join(folder, 'classes.txt')
  await writeFile(classes, 'cat\ndog\nflag\n')

  let exports = 0
  const look = async (...flags: string[]) => {
    const to = join(folder, `models-${(exports += 1)}`)
    const found = {
      report: await coterie('report', path, '--json', ...flags),
      export: await coterie('export', path, to, ...flags),
      route: await coterie('route', path, '--classes', classes, '--json', ...flags),
      verify: await coterie('verify', path, ...flags),
      explain: await coterie('explain', path, ...flags),
      status: await coterie('status', path, '--json', ...flags),
      compare: await coterie('compare', path, otherLock, '--json'),
    }
    for (const [command, { code, err }] of Object.entries(found)) t.is(code, 0, `${command}: ${err}`)
    const files: { [name: string]: string } = {}
    for (const name of (await readdir(to)).toSorted())
      if (name.endsWith('.json')) files[name] = await readFile(join(to, name), 'utf8')
    return { report: found.report.out, route: found.route.out, compare: found.compare.out, files }
  }
  const before = await look()
  const beforeOther = await look(...title)
  t.regex(beforeOther.report, /Other/)
  t.notRegex(before.report, /"Other"/)

  await addShard(small, 'web-90000.parquet')
  t.deepEqual(await look(), before)
  t.deepEqual(await look(...title), beforeOther)

  await rename(small.crawl, `${small.crawl}-away`)
  t.deepEqual(await look(), before)
  t.deepEqual(await look(...title), beforeOther)
  const explained = await coterie('explain', path, 'report')
  t.regex(explained.out, /small\.lock\.json.*E_INPUT/)
  const { stages } = JSON.parse((await coterie('status', path, '--json')).out) as {
    stages: { stage: string; pending: number }[]
  }
  t.true(stages.length > 5 && stages.every(({ pending }) => pending === 0))
  t.regex((await coterie('verify', path, '--inputs')).out, /missing/)

  // A manifest that was edited: its lock is another run's, unless it is named.
  await writeFile(path, (await readFile(path, 'utf8')).replace('experts: 2', 'experts: 3'))
  const edited = await coterie('export', path, join(folder, 'edited'))
  t.not(edited.code, 0)
  t.is((await coterie('export', path, join(folder, 'named'), '--lock', lock)).code, 0)
  t.is((await coterie('report', path, '--out', join(folder, 'r.html'))).code, 0)
  t.regex((await coterie('explain', path, 'cluster')).out, /cluster\.experts 2 → 3/)

  await rename(`${small.crawl}-away`, small.crawl)
  await writeFile(path, (await readFile(path, 'utf8')).replace('experts: 3', 'experts: 2'))
  const rebuilt = await coterie('verify', path, '--rebuild', join(folder, 'rebuilt'))
  t.is(rebuilt.code, 0, rebuilt.err)
  t.is(await readFile(lock, 'utf8'), pinned)
  await rm(join(small.crawl, 'web-90000.parquet'))
})
