import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { End } from '../fakes/batch/model.js'
import { startFakeBatch } from '../fakes/batch/server.js'
import { picture, tarOf } from '../fakes/crawl.js'

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const tsx = fileURLToPath(import.meta.resolve('tsx'))

/** Runs a command with AWS credentials; standard output is one JSON document. */
async function coterie(...args: string[]): Promise<{ code: number | null; document: Document }> {
  const child = spawn(process.execPath, ['--import', tsx, cli, ...args, '--json'], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, document: JSON.parse(text) as Document }
}

/** The members that are looked at, of the documents of several commands. */
interface Document {
  readonly submission?: string
  readonly jobs?: number
  readonly error?: { readonly code: string; readonly found?: string }
  readonly submissions?: readonly { readonly id: string }[]
  readonly other_submissions?: readonly { readonly id: string }[]
  readonly waiting?: readonly { readonly stage: string; readonly elements: number; readonly reason: string }[]
  readonly stages?: readonly { readonly state: string }[]
}

test('copies of a manifest are submitted side by side, and commands tell them apart', async (t) => {
  t.timeout(180_000)
  const folder = await mkdtemp(join(tmpdir(), 'coterie-submissions-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const never = new Promise<End>(() => {})
  const batch = await startFakeBatch({
    run: () => ({ ended: never, stop: () => {} }),
    slots: 0,
    queues: ['cpu'],
    definitions: { ingest: { type: 'container' } },
  })
  t.teardown(() => batch.stop())
  batch.jobs.paused = true
  await mkdir(join(folder, 'crawl'))
  await writeFile(
    join(folder, 'crawl', '0.tar'),
    await tarOf([
      ['a.png', await picture(1)],
      ['a.txt', 'a picture of one thing'],
    ]),
  )
  const profile = join(folder, 'profile.yaml')
  await writeFile(
    profile,
    `name: place\nexecutor: aws-batch\naws_batch: { region: eu-central-1, endpoint: "${batch.endpoint}",\n` +
      `  logs_endpoint: "${batch.endpoint}", queue: cpu, job_definitions: { ingest: ingest } }\n`,
  )
  const write = async (name: string, seed: number) => {
    const path = join(folder, `${name}.yaml`)
    await writeFile(
      path,
      `name: same\ninput: { uri: crawl/ }\nstore: store\nstages:\n  ingest: { seed: ${seed} }\n` +
        '  cluster: { fine: 2, experts: 2 }\n',
    )
    return path
  }
  const a = await write('a', 1)
  const b = await write('b', 1)
  const none = await write('none', 3)
  const on = ['--profile', profile]
  const until = ['--until', 'ingest']
  const first = (await coterie('submit', a, ...on, ...until)).document.submission!
  const second = (await coterie('submit', b, ...on, ...until)).document.submission!
  t.regex(first, /^[0-9a-f]{8}$/)
  const jobs = [...batch.jobs.all.values()]
  t.is(jobs.length, 2)
  jobs[0]!.statusReason = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT'

  const seen = await coterie('status', a, ...on, ...until)
  t.deepEqual(
    [seen.document.submissions, seen.document.other_submissions].map((list) => list?.map(({ id }) => id)),
    [[first], [second]],
  )
  t.deepEqual(seen.document.waiting, [{ stage: 'ingest', elements: 1, reason: jobs[0]!.statusReason }])
  t.is(seen.document.stages?.[0]?.state, 'pending')

  const refused = await coterie('cancel', none, ...on)
  t.deepEqual([refused.code, refused.document.error?.code], [2, 'E_OTHER_SUBMISSIONS'])
  t.true([first, second].every((id) => refused.document.error?.found?.includes(id)))
  t.is((await coterie('retry', none, ...on)).code, 2)
  t.deepEqual(
    jobs.map(({ status }) => status),
    ['RUNNABLE', 'RUNNABLE'],
  )

  t.is((await coterie('cancel', b, ...on)).document.jobs, 1)
  t.deepEqual(
    jobs.map(({ status }) => status),
    ['RUNNABLE', 'FAILED'],
  )
  await rename(join(folder, 'crawl'), join(folder, 'moved'))
  const moved = await coterie('status', a, ...on)
  t.deepEqual(
    moved.document.submissions?.map(({ id }) => id),
    [first],
    'also when the crawl is gone',
  )
  t.is((await coterie('cancel', none, '--id', first, ...on)).document.jobs, 1)
  t.is(jobs[0]!.status, 'FAILED')
})
