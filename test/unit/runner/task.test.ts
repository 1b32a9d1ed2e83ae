import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { sha256 } from '../../../src/core/digest.js'
import { PipelineError } from '../../../src/core/error.js'
import { silentLogger } from '../../../src/core/log.js'
import { systemClock } from '../../../src/core/clock.js'
import { memorySource } from '../../../src/io/source.js'
import { localStore } from '../../../src/io/store/local/store.js'
import type { Store } from '../../../src/io/store/store.js'
import { makePlan } from '../../../src/planner/plan.js'
import type { Plan, Task } from '../../../src/planner/types.js'
import { finishedTasks } from '../../../src/runner/finished-tasks.js'
import { openArtefact } from '../../../src/runner/task/artefact.js'
import { dataKey, recordKey } from '../../../src/runner/layout.js'
import { runTask } from '../../../src/runner/task/run-task.js'
import type { AnyStage, RunnableTask } from '../../../src/stages/define.js'
import { fakeNodes, fakeSurvey } from '../../fakes/stages.js'

const inputs: { [uri: string]: string } = { 'a.tar': 'one\n\ntwo', 'b.tar': 'three' }
const folder = () => mkdtemp(join(tmpdir(), 'coterie-test-'))

function planOf(): Plan {
  const shards = Object.entries(inputs).map(([uri, text]) => ({
    uri,
    format: 'webdataset' as const,
    size: text.length,
    identity: `sha256:${sha256(text)}`,
  }))
  return makePlan({ name: 'm', nodes: fakeNodes(), evaluation: {} }, fakeSurvey(...shards))
}

async function runAll(
  plan: Plan,
  store: Store,
  scratch: string,
  change: { read?: (uri: string) => string; signal?: AbortSignal } = {},
) {
  const stages = new Map(fakeNodes().map((node) => [node.stage.name, node.stage]))
  for (const stage of plan.stages) {
    for (const task of stage.tasks)
      await runTask(task, stages.get(task.stage) as AnyStage, placeFor(store, scratch, change))
  }
}

const placeFor = (
  store: Store,
  scratch: string,
  change: { read?: (uri: string) => string; signal?: AbortSignal } = {},
) => ({
  store,
  scratch,
  openShard: async ({ uri }: { uri: string }) =>
    memorySource(uri, new TextEncoder().encode((change.read ?? ((name) => inputs[name] ?? ''))(uri))),
  openUri: async (uri: string) => memorySource(uri, new Uint8Array(0)),
  listUri: async () => [],
  threads: 1,
  clock: systemClock,
  signal: change.signal ?? new AbortController().signal,
  log: silentLogger,
  progress: () => {},
})

const first = (plan: Plan, stage: string): Task =>
  plan.stages.find(({ node }) => node === stage)?.tasks[0] as Task

test('a graph of tasks runs to its records, and its rows add up', async (t) => {
  const store = localStore(await folder())
  const plan = planOf()
  await runAll(plan, store, await folder())
  t.is((await finishedTasks(store, plan)).size, 5)
  const whole = first(plan, 'cluster')
  const text = new TextDecoder().decode(await store.read(dataKey('cluster', whole.fingerprint, 'all.txt')))
  t.deepEqual(text.split('\n').sort(), ['ONE!', 'THREE!', 'TWO!'])
})

test('a task that runs twice accepts its own bytes', async (t) => {
  const store = localStore(await folder())
  const plan = planOf()
  const scratch = await folder()
  await runAll(plan, store, scratch)
  await t.notThrowsAsync(runAll(plan, store, scratch))
  t.deepEqual(await readdir(scratch), [])
})

test('data published before a kill is found again; other bytes under its name are an error', async (t) => {
  const store = localStore(await folder())
  const plan = planOf()
  const task = first(plan, 'ingest')
  await store.create(dataKey('ingest', task.fingerprint, 'lines.txt'), new TextEncoder().encode('rotten'))
  const error = await t.throwsAsync(
    runTask(task, fakeNodes()[0]?.stage as AnyStage, placeFor(store, await folder())),
    { instanceOf: PipelineError },
  )
  t.is(error.code, 'E_NOT_DETERMINISTIC')
  t.is(await store.stat(recordKey('ingest', task.fingerprint)), undefined)
})

test('an input that is not the planned one stops the task before a record is written', async (t) => {
  const store = localStore(await folder())
  const plan = planOf()
  const task = first(plan, 'ingest')
  const read = (uri: string) => (inputs[uri] ?? '').replace(/e/g, 'x')
  const error = await t.throwsAsync(
    runTask(task, fakeNodes()[0]?.stage as AnyStage, placeFor(store, await folder(), { read })),
    { instanceOf: PipelineError },
  )
  t.is(error.code, 'E_INPUT_CHANGED')
  t.is((await finishedTasks(store, plan)).size, 0)
})

test('a truncated artefact is refused as an input', async (t) => {
  const root = await folder()
  const store = localStore(root)
  const plan = planOf()
  await runAll(plan, store, await folder())
  const task = first(plan, 'ingest')
  await writeFile(join(root, dataKey('ingest', task.fingerprint, 'lines.txt')), 'x')
  const embed = plan.stages[1]?.tasks.find(
    (each) => each.takes.samples?.[0]?.fingerprint === task.fingerprint,
  ) as Task
  const error = await t.throwsAsync(
    runTask(embed, fakeNodes()[1]?.stage as AnyStage, placeFor(store, await folder())),
    { instanceOf: PipelineError },
  )
  t.is(error.code, 'E_ARTEFACT_DAMAGED')
})

/** The first stage with other work to do. */
function running(run: (task: RunnableTask) => Promise<void>): AnyStage {
  const stage = fakeNodes()[0]!.stage
  return { ...stage, bind: (options) => ({ ...stage.bind(options), run }) }
}

test('rows that do not add up refuse the commit', async (t) => {
  const store = localStore(await folder())
  const task = first(planOf(), 'ingest')
  const leaky = running(async ({ account }) => account.rowsIn(1))
  const error = await t.throwsAsync(runTask(task, leaky, placeFor(store, await folder())), {
    instanceOf: PipelineError,
  })
  t.is(error.code, 'E_ROWS_LOST')
})

test('a stopped task asks to be run again and leaves no files', async (t) => {
  const store = localStore(await folder())
  const scratch = await folder()
  const controller = new AbortController()
  controller.abort()
  const error = await t.throwsAsync(
    runTask(
      first(planOf(), 'ingest'),
      fakeNodes()[0]?.stage as AnyStage,
      placeFor(store, scratch, { signal: controller.signal }),
    ),
    { instanceOf: PipelineError },
  )
  t.is(error.exitCode, 75)
  t.deepEqual(await readdir(scratch), [])
})

test('of attempts whose bytes differ the first record counts, and later ones leave nothing', async (t) => {
  const store = localStore(await folder())
  const task: Task = { ...first(planOf(), 'ingest'), nondeterministic: true }
  let attempt = 0
  const vary = running(async ({ out }) => out.put('lines.txt', `attempt ${++attempt}`))
  const [one, two] = [
    await runTask(task, vary, placeFor(store, await folder())),
    await runTask(task, vary, placeFor(store, await folder())),
  ]
  t.is(attempt, 2)
  t.is(two.attempt, one.attempt)
  const stored: string[] = []
  for await (const { key } of store.list('ingest/data/')) stored.push(key)
  t.deepEqual(stored, [`ingest/data/${task.fingerprint}/${one.attempt}/lines.txt`])
  const artefact = await openArtefact(store, task, new Map())
  t.is(new TextDecoder().decode(await (await artefact.open('lines.txt')).read(0, 20)), 'attempt 1')
})

test('a killed attempt passes on its checkpoint until the task is committed', async (t) => {
  const store = localStore(await folder())
  const scratch = await folder()
  const task: Task = { ...first(planOf(), 'ingest'), nondeterministic: true }
  const dies = running(fails)
  async function fails({ keep, checkpoints }: RunnableTask) {
    await mkdir(keep)
    for (const step of ['1', '2']) {
      await writeFile(join(keep, 'state'), step)
      await checkpoints!.save(keep, ['state'], Number(step))
    }
    throw new Error('killed')
  }
  await t.throwsAsync(runTask(task, dies, placeFor(store, scratch)))
  const found: string[] = []
  const resumes = running(takesUp)
  async function takesUp({ keep, checkpoints }: RunnableTask) {
    if (await checkpoints!.restore(keep)) found.push(await readFile(join(keep, 'state'), 'utf8'))
  }
  await runTask(task, resumes, placeFor(store, scratch))
  await t.throwsAsync(
    runTask({ ...task, fingerprint: task.fingerprint.replace(/^./, 'f') }, dies, placeFor(store, scratch)),
  )
  await runTask(
    { ...task, fingerprint: task.fingerprint.replace(/^./, 'f') },
    resumes,
    placeFor(store, await folder()),
  )
  t.deepEqual(found, ['2', '2'])
  const live: string[] = []
  for await (const { key } of store.list('_live/')) live.push(key)
  t.deepEqual(live, [])
})
