import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock } from '../../../src/core/clock.js'
import { loadProfile, type Profile } from '../../../src/manifest/profile.js'
import { runBy } from '../../../src/runner/owner.js'
import { openStorage } from '../../../src/runner/storage.js'
import { prepare } from '../../../src/runner/prepare.js'
import { runElement } from '../../../src/submission/element.js'
import { elementFromEnvironment, rendezvousOf } from '../../../src/submission/environment.js'
import { submitMissing } from '../../../src/submission/submit.js'
import { picture, tarOf } from '../../fakes/crawl.js'
import { FakeScheduler } from '../../fakes/scheduler.js'

test('a machine that only helps leaves nothing behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-help-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(
    join(folder, '0.tar'),
    await tarOf([
      ['a.png', await picture(1)],
      ['a.txt', 'a picture of one thing'],
    ]),
  )
  const manifest = join(folder, 'help.yaml')
  await writeFile(
    manifest,
    'name: help\ninput: { uri: "*.tar" }\nstore: store\nstages:\n  cluster: { fine: 2, experts: 2 }\n',
  )
  const { plan, setup } = await prepare(manifest, { until: 'ingest' })
  const { store } = await openStorage(setup)
  const scheduler = new FakeScheduler()
  const { submission } = await submitMissing({
    path: manifest,
    by: await runBy(manifest),
    plan,
    store,
    setup: { ...setup, store: store.uri },
    profile: (await loadProfile('slurm', {})) as Profile,
    scheduler,
    clock: systemClock,
  })
  const keys = async () => {
    const found: string[] = []
    for await (const { key } of store.list('')) found.push(key)
    return found
  }
  const before = await keys()
  const said: string[] = []
  const request = {
    store: store.uri,
    folder: submission!.id,
    array: scheduler.jobs[0]!.name,
    index: 0,
    attempt: 0,
    threads: 1,
    signal: new AbortController().signal,
    clock: systemClock,
    print: (line: string) => void said.push(line),
  }
  t.like(await runElement({ ...request, helps: true }), { executed: 0 })
  t.deepEqual(said, [`ingest/${plan.stages[0]!.tasks[0]!.key}: helps`])
  t.deepEqual(await keys(), before)
  t.like(await runElement(request), { executed: 1 })
  t.true((await keys()).some((key) => key.startsWith('ingest/records/')))
  await runElement({ ...request, helps: true })
  t.is(said.filter((line) => line.endsWith('helps')).length, 1, 'what is done needs no help')
})

test('AWS Batch tells helpers apart and names the rendezvous address', (t) => {
  const main = {
    AWS_BATCH_JOB_NUM_NODES: '2',
    AWS_BATCH_JOB_NODE_INDEX: '0',
    AWS_BATCH_JOB_MAIN_NODE_INDEX: '0',
  }
  const other = {
    ...main,
    AWS_BATCH_JOB_NODE_INDEX: '1',
    AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: '10.0.0.7',
  }
  t.is(elementFromEnvironment(main, undefined).helps, false)
  t.is(elementFromEnvironment(other, undefined).helps, true)
  t.is(elementFromEnvironment({}, undefined).helps, false)
  t.deepEqual(rendezvousOf(main), { NODE_RANK: '0', MASTER_ADDR: 'localhost', MASTER_PORT: '29500' })
  t.deepEqual(rendezvousOf(other), { NODE_RANK: '1', MASTER_ADDR: '10.0.0.7', MASTER_PORT: '29500' })
  t.deepEqual(rendezvousOf({}), {})
})
