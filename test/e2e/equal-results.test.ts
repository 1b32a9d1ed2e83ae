import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { smallQuickstart, type SmallQuickstart } from './small-quickstart.js'

const test = anyTest as TestFn<{ small: SmallQuickstart; manifest: string }>

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname

/** The command line as a user starts it: exit code and standard output. */
function coterie(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { maxBuffer: 1 << 26 }, (error, out) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out }),
    )
  })
}

interface Stage {
  readonly stage: string
  readonly tasks: number
  readonly executed: number
  readonly adopted: number
  readonly to_run: number
  readonly action: string
  readonly depends_on: readonly string[]
}

async function stagesOf(...args: string[]): Promise<ReadonlyMap<string, Stage>> {
  const { code, out } = await coterie(...args, '--json')
  if (code !== 0) throw new Error(out)
  const { stages } = JSON.parse(out) as { stages: readonly Stage[] }
  return new Map(stages.map((stage) => [stage.stage, stage]))
}

test.before(async (t) => {
  const small = await smallQuickstart(400)
  t.context = { small, manifest: await small.manifest('project') }
  t.is((await coterie('run', t.context.manifest)).code, 0)
})

test.after.always(async (t) => {
  await t.context.small?.remove()
})

const expensive = ['embed', 'cluster', 'train', 'evaluate']

test.serial('an option that does nothing runs nothing that is expensive, and plan says so', async (t) => {
  const { manifest } = t.context
  const set = ['--set', 'ingest.seed=3', '--set', 'write.batch_rows=99', '--set', 'assign.min_recall=0.9']
  const plan = await stagesOf('plan', manifest, ...set)
  for (const stage of ['ingest', 'assign', ...expensive]) {
    t.is(plan.get(stage)?.action, 'reuse', stage)
    t.deepEqual(plan.get(stage)?.depends_on, [])
  }
  const run = await stagesOf('run', manifest, ...set)
  for (const stage of ['ingest', 'assign', ...expensive]) t.is(run.get(stage)?.executed, 0, stage)
  t.true((run.get('train')?.adopted ?? 0) > 0)
})

test.serial(
  'a stage that comes out equal stops the cascade; its lock is that of a fresh store',
  async (t) => {
    const { manifest, small } = t.context
    const set = ['--set', 'assign.search=int8']
    const plan = await stagesOf('plan', manifest, ...set)
    t.is(plan.get('assign')?.action, 'run')
    t.is(plan.get('train')?.action, 'run')
    t.deepEqual(plan.get('train')?.depends_on, ['assign'])
    const words = (await coterie('plan', manifest, ...set)).out
    t.regex(words, /reused if assign comes out equal/)
    const lock = join(small.folder, 'adopted.lock.json')
    const run = await stagesOf('run', manifest, ...set, '--lock', lock)
    t.is(run.get('assign')?.executed, run.get('assign')?.tasks)
    for (const stage of expensive) t.is(run.get(stage)?.executed, 0, stage)

    const fresh = join(small.folder, 'fresh.lock.json')
    const store = join(small.folder, 'fresh-store')
    t.is((await coterie('run', manifest, ...set, '--store', store, '--lock', fresh)).code, 0)
    t.is(await readFile(lock, 'utf8'), await readFile(fresh, 'utf8'))
    // The shards that the description names are under the paths that it names.
    const stored = join(dirname(manifest), 'store')
    const { stages } = JSON.parse(await readFile(lock, 'utf8')) as {
      stages: { stage: string; tasks: { list: { key: string; fingerprint: string }[] } }[]
    }
    const catalogue = stages
      .find(({ stage }) => stage === 'write')
      ?.tasks.list.find(({ key }) => key === 'catalogue')?.fingerprint
    const described = JSON.parse(
      await readFile(join(stored, 'write', 'data', catalogue ?? '', 'croissant.json'), 'utf8'),
    ) as { distribution: { contentUrl?: string }[] }
    const urls = described.distribution.flatMap(({ contentUrl }) => contentUrl ?? [])
    t.true(urls.length > 0)
    for (const url of urls) t.true((await readFile(join(stored, 'write', 'data', url))).byteLength > 0, url)
  },
)

test.serial('verify and explain name what was taken over, and gc keeps it', async (t) => {
  const { manifest } = t.context
  const set = ['--set', 'assign.search=int8']
  t.is((await coterie('run', manifest, ...set)).code, 0)
  for (let round = 0; round < 3; round++)
    t.is((await coterie('gc', manifest, '--delete', '--grace', '0')).code, 0)
  const verified = JSON.parse((await coterie('verify', manifest, ...set, '--json')).out) as {
    ok: boolean
    adopted: { stage: string; data: string }[]
  }
  t.true(verified.ok)
  t.true(verified.adopted.some(({ stage }) => stage === 'train'))
  t.regex((await coterie('explain', manifest, 'train', ...set)).out, /adopted {2}\S+ [0-9a-f]{12} uses/)
  t.is((await coterie('report', manifest, ...set, '--out', `${manifest}.html`)).code, 0)
})

test.serial('a copy of a manifest with another name takes over everything but names', async (t) => {
  const { manifest } = t.context
  const copy = join(dirname(manifest), 'copy.yaml')
  const text = (await readFile(manifest, 'utf8')).replace('name: small', 'name: copy')
  await writeFile(copy, text.replace('  cluster:', '  ingest: { seed: 8 }\n  cluster:'))
  const plan = await stagesOf('plan', copy)
  for (const stage of expensive) t.is(plan.get(stage)?.action, 'reuse', stage)
  const run = await stagesOf('run', copy)
  for (const stage of expensive) t.is(run.get(stage)?.executed, 0, stage)
})

test.serial('a store of a later format is refused by every command', async (t) => {
  const { manifest } = t.context
  const store = join(dirname(manifest), 'store')
  const number = join(store, '_format.json')
  const before = await readFile(number, 'utf8')
  await writeFile(number, '{"format":3}\n')
  try {
    for (const command of ['plan', 'run', 'status', 'verify', 'explain', 'gc']) {
      const { code, out } = await coterie(command, manifest, '--json')
      t.is(code, 2, command)
      const { error } = JSON.parse(out) as { error: { code: string; place: string; hint: string } }
      t.is(error.code, 'E_STORE_FORMAT', command)
      t.is(error.place, number)
    }
    t.is((await coterie('runs', store)).code, 2)
    t.is((await coterie('forget', store, '--name', 'small', '--keep-last', '1')).code, 2)
  } finally {
    await writeFile(number, before)
  }
})
