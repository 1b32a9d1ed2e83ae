import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { topicCrawl, type TopicCrawl } from './topic-crawl.js'

const test = anyTest as TestFn<{ crawl: TopicCrawl; folder: string }>

test.before(async (t) => {
  t.context = { crawl: await topicCrawl(), folder: await mkdtemp(join(tmpdir(), 'coterie-shared-')) }
})

test.after.always(async (t) => {
  await t.context.crawl?.remove()
  await rm(t.context.folder, { recursive: true, force: true })
})

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

/** The command line as a user starts it: exit code and standard output. */
function coterie(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, out) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out }),
    )
  })
}

test('two manifests of one name, and copies with one option changed, lose nothing to gc', async (t) => {
  const { crawl, folder } = t.context
  const store = join(folder, 'store')
  const tars = (await readdir(join(crawl.folder, 'crawl'))).filter((name) => name.endsWith('.tar'))
  t.true(tars.length >= 2)
  const manifests: string[] = []
  for (const [at, tar] of tars.slice(0, 2).entries()) {
    await mkdir(join(folder, `project-${at}`, 'crawl'), { recursive: true })
    await copyFile(join(crawl.folder, 'crawl', tar), join(folder, `project-${at}`, 'crawl', tar))
    const path = join(folder, `project-${at}`, 'm.yaml')
    await writeFile(
      path,
      'name: run\npipeline: shards\ninput: { uri: crawl/ }\nstore: ../store\nstages: {}\n',
    )
    manifests.push(path)
  }
  for (const path of manifests)
    t.is((await coterie('run', path, '--until', 'ingest', '--set', 'ingest.min_characters=2')).code, 0)
  for (const path of manifests) t.is((await coterie('run', path, '--until', 'embed')).code, 0)
  const { runs } = JSON.parse((await coterie('runs', store, '--json')).out) as { runs: { id: string }[] }
  t.is(runs.length, 4, 'partial runs and runs with --set are registered too')
  for (const target of [store, manifests[1] as string])
    t.is((await coterie('gc', target, '--delete', '--grace', '0')).code, 0)
  for (const path of manifests) {
    const again = JSON.parse((await coterie('run', path, '--until', 'embed', '--json')).out) as {
      stages: { executed: number }[]
    }
    t.true(again.stages.every(({ executed }) => executed === 0))
  }
  t.is((await coterie('forget', store, runs[0]?.id as string, '--yes')).code, 0)
  t.is((await coterie('gc', store, '--forget', 'run')).code, 2)
})
