import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { systemClock } from '../../../src/core/clock.js'
import type { PipelineError } from '../../../src/core/error.js'
import { localStore } from '../../../src/io/store/local/store.js'
import { prepare } from '../../../src/runner/prepare.js'
import { submissionContext } from '../../../src/submission/context.js'
import { type ElementRequest, runElement } from '../../../src/submission/element.js'
import { elementFromEnvironment } from '../../../src/submission/environment.js'
import { readMarks } from '../../../src/submission/ledger.js'
import type { SubmissionArray } from '../../../src/submission/submission.js'
import { submitMissing } from '../../../src/submission/submit.js'
import { picture, tarOf } from '../../fakes/crawl.js'
import { FakeScheduler } from '../../fakes/scheduler.js'

interface Context {
  folder: string
  id: string
  arrays: readonly SubmissionArray[]
}
const test = anyTest as TestFn<Context>

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-element-'))
  await writeFile(
    join(folder, 'one.tar'),
    await tarOf([
      ['a.png', await picture(1)],
      ['a.txt', 'a picture of something'],
    ]),
  )
  await writeFile(
    join(folder, 'm.yaml'),
    'name: m\ninput: { uri: one.tar }\nstore: store\nstages:\n  cluster: { fine: 2, experts: 2 }\n',
  )
  await writeFile(join(folder, 'p.yaml'), 'name: p\nexecutor: slurm\njobs: { input_wait_seconds: 0 }\n')
  const context = await submissionContext(
    await prepare(join(folder, 'm.yaml'), { profile: join(folder, 'p.yaml'), until: 'embed' }),
  )
  const { submission } = await submitMissing({ ...context, scheduler: new FakeScheduler() })
  t.context = { folder, id: submission?.id ?? '', arrays: submission?.arrays ?? [] }
})
test.afterEach.always((t) => rm(t.context.folder, { recursive: true, force: true }))

const run = ({ folder, id, arrays }: Context, stage: string, more: Partial<ElementRequest> = {}) =>
  runElement({
    store: join(folder, 'store'),
    folder: id,
    array: arrays.find(({ node }) => node === stage)?.name ?? '',
    index: 0,
    attempt: 0,
    threads: 1,
    signal: new AbortController().signal,
    clock: systemClock,
    print: () => {},
    ...more,
  })

const marks = async ({ folder, id }: Context) =>
  [...(await readMarks(localStore(join(folder, 'store')), id)).values()]
    .flat()
    .map(({ attempt, state }) => `${attempt} ${state}`)

test('tasks run once, and a repeated element finds them done', async (t) => {
  t.like(await run(t.context, 'ingest'), { executed: 1, found: 0 })
  t.like(await run(t.context, 'ingest', { attempt: 1 }), { executed: 0, found: 1 })
  t.deepEqual(await marks(t.context), [], 'what succeeded is said by its record')
})

test('a missing input is named, and the element is blocked', async (t) => {
  const error = await t.throwsAsync<PipelineError>(run(t.context, 'embed'), { code: 'E_INPUTS_MISSING' })
  t.regex(error.expected ?? '', /^ingest\/records\/[0-9a-f]{64}\.json$/)
  t.is(error.exitCode, 4)
  t.deepEqual(await marks(t.context), ['0 blocked'])
})

test('an element exits with 75 when asked to stop, with 4 at its time limit', async (t) => {
  const stopped = AbortSignal.abort(new Error('SIGTERM'))
  t.is((await t.throwsAsync<PipelineError>(run(t.context, 'ingest', { signal: stopped }))).exitCode, 75)
  const late = await t.throwsAsync<PipelineError>(
    run(t.context, 'ingest', { attempt: 1, signal: stopped, stop_at_ms: Date.now() }),
    { code: 'E_OUT_OF_TIME' },
  )
  t.is(late.exitCode, 4)
  const early = await t.throwsAsync<PipelineError>(
    run(t.context, 'ingest', { attempt: 2, signal: stopped, stop_at_ms: Date.now() + 3_600_000 }),
  )
  t.is(early.exitCode, 75)
  t.deepEqual((await marks(t.context)).toSorted(), ['0 stopped', '1 out-of-time', '2 stopped'])
})

test('a failed task leaves its own error message', async (t) => {
  await rm(join(t.context.folder, 'one.tar'))
  const error = await t.throwsAsync<PipelineError>(run(t.context, 'ingest'))
  t.is(error.exitCode, 4)
  t.deepEqual(await marks(t.context), ['0 failed'])
})

test('an element reads its index from the variables of each scheduler', (t) => {
  t.like(
    elementFromEnvironment(
      { SLURM_ARRAY_TASK_ID: '7', COTERIE_ATTEMPT: '2', COTERIE_STOP_AT: '1000' },
      undefined,
    ),
    { index: 7, attempt: 2, stop_at_ms: 1_000_000 },
  )
  t.like(elementFromEnvironment({ AWS_BATCH_JOB_ARRAY_INDEX: '3', AWS_BATCH_JOB_ATTEMPT: '2' }, undefined), {
    index: 3,
    attempt: 1,
  })
  t.like(elementFromEnvironment({ AWS_BATCH_JOB_ATTEMPT: '1' }, undefined), { index: 0, attempt: 0 })
  t.like(elementFromEnvironment({ SLURM_ARRAY_TASK_ID: '7' }, 4), { index: 4 })
  t.deepEqual(elementFromEnvironment({ COTERIE_S3: '{"endpoint":"http://x"}' }, 0).settings?.s3, {
    endpoint: 'http://x',
  })
  t.throws(() => elementFromEnvironment({ SLURM_ARRAY_TASK_ID: 'x' }, undefined), { code: 'E_USAGE' })
})
