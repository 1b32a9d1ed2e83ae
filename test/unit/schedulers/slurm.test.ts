import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import test from 'ava'
import type { PipelineError } from '../../../src/core/error.js'
import type { ArrayJob } from '../../../src/schedulers/scheduler.js'
import { parseAccounting } from '../../../src/schedulers/slurm/accounting.js'
import {
  type CommandResult,
  type RunCommand,
  withoutDefaults,
} from '../../../src/schedulers/slurm/commands.js'
import { parseIndices, parseQueue, stateOf } from '../../../src/schedulers/slurm/queue.js'
import { quoted, renderScript } from '../../../src/schedulers/slurm/script.js'
import type { SlurmSettings } from '../../../src/schedulers/slurm/settings.js'
import { slurmScheduler } from '../../../src/schedulers/slurm/scheduler.js'

const settings: SlurmSettings = {
  command: ['node', '/shared/coterie/dist/cli/main.js'],
  setup: [],
  partition: undefined,
  gpu_partition: undefined,
  account: undefined,
  qos: undefined,
  constraint: undefined,
  reservation: undefined,
  gpu_type: undefined,
  sbatch: [],
  logs: '/shared/logs',
  array_size: undefined,
  running: undefined,
  stop_seconds: 60,
  answer_seconds: 10,
  repetitions: 5,
}

const job: ArrayJob = {
  name: 'cc12m-embed-0-0123456789ab',
  node: 'embed',
  size: 40,
  resources: { cpus: 1, memory_bytes: 2 ** 30, seconds: 660, gpus: 0, nodes: 1 },
  after: [{ job: '41', size: 40, kind: 'each' }],
  command: [
    'task',
    '--store',
    '/shared/store',
    '--array',
    'cc12m/cc12m-embed-0-0123456789ab',
    '--threads',
    '1',
  ],
  environment: {},
}

const training: ArrayJob = {
  ...job,
  name: 'cc12m-train-0-ba9876543210',
  node: 'train',
  size: 4,
  resources: { cpus: 16, memory_bytes: 200e9, seconds: 24 * 3600, gpus: 8, nodes: 4, running: 2 },
  after: [
    { job: '41', size: 40, kind: 'all' },
    { job: '42', size: 1, kind: 'each' },
    { job: '43', size: 3, kind: 'ended' },
  ],
  environment: { OMP_NUM_THREADS: '1', NAME: "it's $HOME" },
}

const rich: SlurmSettings = {
  ...settings,
  partition: 'cpu',
  gpu_partition: 'gpu',
  account: 'group',
  qos: 'normal',
  constraint: 'a100&ib',
  reservation: 'week7',
  gpu_type: 'a100',
  sbatch: ['--exclude=node07'],
  setup: ['module load nodejs/20'],
  running: 100,
  stop_seconds: 300,
}

for (const [name, text] of [
  ['array', renderScript(job, settings)],
  ['training', renderScript(training, rich)],
] as const) {
  test(`the script of ${name} is unchanged`, async (t) => {
    const path = `test/golden/slurm/${name}.sh`
    if (process.env.COTERIE_UPDATE_GOLDEN === '1' || !existsSync(path)) await writeFile(path, text)
    t.is(text, await readFile(path, 'utf8'))
    t.is(spawnSync('bash', ['-n', path]).status, 0, 'the shell can read it')
  })
}

test('shell words are quoted', (t) => {
  const words = ['plain', 'two words', "it's", '$HOME', 'a"b', '', '`x`', '--set=a=b;c']
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\n' ${words.map(quoted).join(' ')}`], {
    encoding: 'utf8',
  })
  t.deepEqual(stdout.split('\n').slice(0, -1), words)
})

test('indices are read as squeue writes them', (t) => {
  t.deepEqual(parseIndices('7'), [{ from: 7, to: 7 }])
  t.deepEqual(parseIndices('[2-3%2]'), [{ from: 2, to: 3 }])
  t.deepEqual(parseIndices('0-3,9%2'), [
    { from: 0, to: 3 },
    { from: 9, to: 9 },
  ])
  t.deepEqual(
    parseIndices('[0-4:2]'),
    [0, 2, 4].map((index) => ({ from: index, to: index })),
  )
  t.deepEqual(parseIndices('N/A'), [{ from: 0, to: 0 }])
})

test('states that other tools confuse are distinguished', (t) => {
  const told = (word: string, reason?: string) => {
    const { state, cause } = stateOf(word, reason)
    return cause ? `${state} ${cause}` : state
  }
  t.is(told('PENDING', 'Resources'), 'pending')
  t.is(told('PENDING', 'BeginTime'), 'pending')
  t.is(told('PENDING', 'DependencyNeverSatisfied'), 'cancelled dependency')
  t.is(told('CANCELLED', 'Dependency'), 'cancelled dependency')
  t.is(told('CANCELLED by 0'), 'cancelled cancelled')
  t.is(told('CANCELLED+'), 'cancelled cancelled')
  t.is(told('FAILED', 'NonZeroExitCode'), 'failed exit')
  t.is(told('FAILED', 'RaisedSignal:9(Killed)'), 'failed signal')
  t.is(told('OUT_OF_MEMORY'), 'failed out_of_memory')
  t.is(told('TIMEOUT'), 'failed time_limit')
  t.is(told('DEADLINE'), 'failed time_limit')
  t.is(told('NODE_FAIL'), 'lost node_lost')
  t.is(told('BOOT_FAIL'), 'lost node_lost')
  t.is(told('PREEMPTED'), 'lost preempted')
  t.is(told('COMPLETING'), 'running')
  t.is(told('COMPLETED'), 'succeeded')
  t.is(told('SOMETHING_NEW'), 'running')
  t.is(told('PENDING', 'launch failed requeued held'), 'failed node_lost')
})

test('lines of squeue and sacct are parsed', (t) => {
  const [pending, running] = parseQueue('12|[2-3%2]|PENDING|Resources|a-b\n12|1|RUNNING|None|a-b\n\n')
  t.deepEqual(
    [pending?.job, pending?.indices, pending?.state.state, pending?.name],
    ['12', [{ from: 2, to: 3 }], 'pending', 'a-b'],
  )
  t.is(running?.state.state, 'running')
  t.deepEqual(
    parseAccounting(
      '12_0|COMPLETED|0:0\n12_1|FAILED|0:9\n12_2|OUT_OF_MEMORY|0:125\n12_[3-4]|PENDING|0:0\n' +
        '13|CANCELLED by 0|75:0\n',
    ).map(({ job: id, index, state }) => [id, index, state.state, state.cause, state.exit_code]),
    [
      ['12', 0, 'succeeded', undefined, 0],
      ['12', 1, 'failed', 'signal', 0],
      ['12', 2, 'failed', 'out_of_memory', 0],
      ['13', 0, 'cancelled', 'cancelled', 75],
    ],
  )
})

const said = (output: string, code = 0, error = '', killed = false): CommandResult => ({
  code,
  output,
  error,
  killed,
})

/** Answers by program; keeps what was asked. */
function commands(answers: { readonly [program: string]: CommandResult }): {
  run: RunCommand
  asked: string[]
} {
  const asked: string[] = []
  return {
    asked,
    run: async (program, args) => (
      asked.push([program, ...args].join(' ')),
      answers[program] ?? said('', 1, 'no answer')
    ),
  }
}

async function submitWith(answer: CommandResult): Promise<string | undefined> {
  const logs = await mkdtemp(join(tmpdir(), 'coterie-slurm-logs-'))
  try {
    return await slurmScheduler({ ...settings, logs }, commands({ sbatch: answer }).run).submit(job)
  } catch (error) {
    return (error as PipelineError).code
  } finally {
    await rm(logs, { recursive: true })
  }
}

test('answers of sbatch are distinguished: accepted, refused, unreachable, unknown', async (t) => {
  t.is(await submitWith(said('12\n')), '12')
  t.is(await submitWith(said('12;cluster\n')), '12')
  t.is(
    await submitWith(
      said(
        '',
        1,
        'sbatch: error: Batch job submission failed: ' +
          'Invalid account or account/partition combination specified',
      ),
    ),
    'E_SUBMIT_REFUSED',
  )
  t.is(
    await submitWith(
      said(
        '',
        1,
        'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
      ),
    ),
    'E_SCHEDULER_UNREACHABLE',
  )
  t.is(
    await submitWith(
      said('', 1, 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation'),
    ),
    'E_SUBMIT_UNCERTAIN',
  )
  t.is(await submitWith(said('', 1, '', true)), 'E_SUBMIT_UNCERTAIN')
  t.is(await submitWith(said('')), 'E_SUBMIT_UNCERTAIN')
})

test('every limit on the number of submitted jobs is temporary', async (t) => {
  for (const reason of [
    'AssocMaxSubmitJobLimit',
    'AssocGrpSubmitJobsLimit',
    'QOSMaxSubmitJobPerUserLimit',
    'QOSMaxSubmitJobPerAccountLimit',
    'QOSGrpSubmitJobsLimit',
  ])
    t.is(await submitWith(said('', 1, `sbatch: error: ${reason}\n`)), 'E_QUEUE_LIMIT', reason)
})

test('one squeue call covers all jobs, and sacct only those that the queue has forgotten', async (t) => {
  const jobs = [
    { id: '1', name: 'a', size: 3 },
    { id: '2', name: 'b', size: 1 },
  ]
  const known = commands({ squeue: said('1|[0-2]|PENDING|Resources|a\n2|0|RUNNING|None|b\n') })
  await slurmScheduler(settings, known.run).states(jobs)
  t.deepEqual(known.asked, ['squeue --noheader --states=all --name=a,b --format=%F|%K|%T|%r|%j'])

  const forgotten = commands({
    squeue: said('1|0-1|COMPLETED|None|a\n'),
    sacct: said('1_0|FAILED|1:0\n1_2|TIMEOUT|0:0\n2|COMPLETED|0:0\n'),
  })
  const states = await slurmScheduler(settings, forgotten.run).states(jobs)
  t.deepEqual(
    [...(states.get('1') ?? [])].map(([index, { state, cause }]) => [index, state, cause]),
    [
      [0, 'succeeded', undefined],
      [1, 'succeeded', undefined],
      [2, 'failed', 'time_limit'],
    ],
  )
  t.is(states.get('2')?.get(0)?.state, 'succeeded')
})

test('without accounting sacct is called once and never again', async (t) => {
  const { run, asked } = commands({
    squeue: said(''),
    sacct: said('', 1, 'Slurm accounting storage is disabled'),
  })
  const scheduler = slurmScheduler(settings, run)
  for (let round = 0; round < 3; round++)
    t.deepEqual([...((await scheduler.states([{ id: '1', name: 'a', size: 1 }])).get('1') ?? [])], [])
  t.is(asked.filter((line) => line.startsWith('sacct')).length, 1)
})

test('a queue that does not answer is not taken for an empty one', async (t) => {
  const { run } = commands({
    squeue: said('', 1, 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'),
  })
  await t.throwsAsync(slurmScheduler(settings, run).states([{ id: '1', name: 'a', size: 1 }]), {
    code: 'E_SCHEDULER_UNREACHABLE',
  })
})

test('limits come from the profile or from the cluster', async (t) => {
  const { run } = commands({ scontrol: said('MaxArraySize            = 4001\n') })
  t.is((await slurmScheduler(settings, run).limits()).array_size, 4001)
  t.is((await slurmScheduler({ ...settings, array_size: 10 }, run).limits()).array_size, 10)
})

test('logs hold what all attempts printed, or its end', async (t) => {
  const logs = await mkdtemp(join(tmpdir(), 'coterie-slurm-logs-'))
  await mkdir(join(logs, 'a'))
  await writeFile(join(logs, 'a', '3.log'), 'one\ntwo\nthree\n')
  const scheduler = slurmScheduler({ ...settings, logs }, commands({}).run)
  t.is(await scheduler.logs({ id: '1', name: 'a', size: 4 }, 3, 2), 'two\nthree')
  t.is(await scheduler.logs({ id: '1', name: 'a', size: 4 }, 2), undefined)
  await rm(logs, { recursive: true })
})

test('blanks, percent signs, quotes and number signs in the path of the logs stay what they are', (t) => {
  const logs = '/my store/100%a "x" #1'
  const lines = renderScript({ ...job, name: 'a' }, { ...settings, logs }).split('\n')
  t.true(lines.includes('#SBATCH "--output=/my store/100%%a \\"x\\" #1/a/%a.log"'), lines.join('\n'))
  t.true(lines.includes('#SBATCH "--chdir=/my store/100%a \\"x\\" #1/a"'))
})

test('variables of Slurm in the environment set no options, but tell where the controller is', (t) => {
  t.deepEqual(
    withoutDefaults({
      PATH: '/bin',
      SBATCH_PARTITION: 'high',
      SBATCH_JOB_NAME: 'analysis',
      SQUEUE_STATES: 'running',
      SLURM_MEM_PER_CPU: '1',
      SLURM_CONF: '/etc/slurm.conf',
      SLURM_JWT: 'token',
    }),
    { PATH: '/bin', SLURM_CONF: '/etc/slurm.conf', SLURM_JWT: 'token' },
  )
})
