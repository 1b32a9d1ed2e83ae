import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A private Slurm cluster in a scratch folder: one controller, two nodes on this machine and its own munge,
 * without touching system services. Needs root and Debian's `slurm-wlm` and `munge` (`scripts/slurm-test.ts`
 * installs them).
 */
export interface Cluster {
  readonly folder: string
  /** Environment for Slurm's commands, with the path of the configuration. */
  readonly env: { readonly SLURM_CONF: string }
  /** `kill -9` of the controller or of a node's daemon; jobs on the node keep running. */
  kill(daemon: Daemon): Promise<void>
  start(daemon: Daemon): Promise<void>
  runs(daemon: Daemon): boolean
  /**
   * Resumes nodes that the controller has drained or marked down, as an administrator would; resolves when
   * jobs can start on both.
   */
  resume(): Promise<void>
  /**
   * What an administrator does now and then: resumes drained nodes, and releases jobs that are held because
   * they could not be launched.
   */
  tend(): void
  /** Nodes, jobs and the end of the controller's log, for the message of a failed test. */
  describe(): Promise<string>
  /** Runs one of Slurm's commands; returns its standard output. */
  command(program: string, ...args: string[]): string
  stop(): Promise<void>
}

export type Daemon = 'slurmctld' | 'n1' | 'n2'

export interface ClusterOptions {
  /** Seconds after which the controller forgets a job that has ended. */
  readonly forget_seconds?: number | undefined
  /** Keep accounts, for sacct: needs `slurmdbd` and `mariadb-server`. */
  readonly accounting?: boolean | undefined
}

export function slurmInstalled(): boolean {
  return (
    process.getuid?.() === 0 &&
    ['/usr/sbin/slurmctld', '/usr/sbin/slurmd', '/usr/sbin/munged'].every((path) => existsSync(path))
  )
}

export function accountingInstalled(): boolean {
  return (
    slurmInstalled() &&
    ['/usr/sbin/slurmdbd', '/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db'].every((path) =>
      existsSync(path),
    )
  )
}

export async function startCluster({
  forget_seconds = 20,
  accounting = false,
}: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-slurm-'))
  // munge's daemon rejects folders that others may write to.
  await chmod(folder, 0o755)
  for (const name of ['munge', 'state', 'spool-n1', 'spool-n2', 'log'])
    await mkdir(join(folder, name), { mode: 0o755 })
  const ports = await freePorts(5)
  const conf = join(folder, 'slurm.conf')
  await writeFile(join(folder, 'munge', 'key'), Buffer.alloc(128, 7), { mode: 0o400 })
  await writeFile(conf, configuration(folder, ports, forget_seconds, accounting))
  await writeFile(
    join(folder, 'gres.conf'),
    ['n1', 'n2'].map((node) => `NodeName=${node} Name=gpu File=/dev/null\n`).join(''),
  )
  const env = { SLURM_CONF: conf }
  const running = new Map<string, ChildProcess>()
  const launch = (name: string, program: string, args: string[]) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
    running.set(name, child)
  }
  const command = (program: string, ...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(program, args, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      timeout: 60_000,
    })
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  /** Output of a command, even if it fails: a controller that is down prints nothing. */
  const ask = (program: string, ...args: string[]) =>
    spawnSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 20_000 }).stdout ??
    ''
  const start = async (daemon: Daemon) => {
    if (daemon === 'slurmctld') launch(daemon, '/usr/sbin/slurmctld', ['-D', '-f', conf])
    else launch(daemon, '/usr/sbin/slurmd', ['-D', '-N', daemon, '-f', conf])
  }
  const kill = async (name: string) => {
    const child = running.get(name)
    if (!child) throw new Error(`${name} does not run`)
    running.delete(name)
    if (child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  const cluster: Cluster = {
    folder,
    env,
    command,
    start,
    kill,
    runs: (daemon) => running.has(daemon),
    tend() {
      if (nodesIn(env, 'drain,down') > 0)
        for (const node of ['n1', 'n2']) ask('scontrol', 'update', `nodename=${node}`, 'state=resume')
      for (const line of ask('squeue', '-h', '-r', '-t', 'pending', '-o', '%i %r').split('\n'))
        if (line.includes('held')) ask('scontrol', 'release', line.split(' ')[0] as string)
    },
    async resume() {
      // A node that is being drained counts as idle or mixed too.
      const usable = () =>
        nodesIn(env, 'idle,mixed,alloc', '--responding') === 2 && nodesIn(env, 'drain,down') === 0
      const look = () => {
        if (usable()) return true
        cluster.tend()
        return false
      }
      await until(look, 60_000, 'two nodes that take jobs')
    },
    async describe() {
      const asked = [`sinfo\n${ask('sinfo', '-N', '-l')}`, `squeue\n${ask('squeue', '-t', 'all', '-l')}`]
      const log = await readFile(join(folder, 'log', 'slurmctld'), 'utf8').catch(() => '')
      return [...asked, log.split('\n').slice(-40).join('\n')].join('\n')
    },
    async stop() {
      // Job scripts outlive the daemons that started them.
      ask('scancel', '--user=root')
      await until(() => ask('squeue', '-h').trim() === '', 10_000).catch(() => {})
      for (const name of [...running.keys()].toReversed()) await kill(name)
      await rm(folder, { recursive: true, force: true })
    },
  }
  launch('munged', '/usr/sbin/munged', [
    '--foreground',
    '--force',
    `--socket=${folder}/munge/sock`,
    `--key-file=${folder}/munge/key`,
    `--pid-file=${folder}/munge/pid`,
    `--log-file=${folder}/munge/log`,
    `--seed-file=${folder}/munge/seed`,
  ])
  try {
    await until(() => existsSync(join(folder, 'munge', 'sock')), 10_000)
    if (accounting) await startAccounting(folder, ports, launch)
    await start('slurmctld')
    await start('n1')
    await start('n2')
    await until(() => nodesIn(env, 'idle') === 2, 30_000, 'two idle nodes')
  } catch (error) {
    const logs = await Promise.all(
      ['slurmctld', 'n1', ...(accounting ? ['slurmdbd', 'mariadbd'] : [])].map((name) =>
        readFile(join(folder, 'log', name), 'utf8').catch(() => ''),
      ),
    )
    await cluster.stop()
    throw new Error(
      `Slurm did not start: ${(error as Error).message}\n` +
        `${logs.map((log) => log.split('\n').slice(-12).join('\n')).join('\n')}`,
    )
  }
  return cluster
}

/** Waits until a condition holds, checking a few times per second. */
export async function until(
  so: () => boolean | Promise<boolean>,
  milliseconds: number,
  what = 'it',
): Promise<void> {
  const end = performance.now() + milliseconds
  while (!(await so())) {
    if (performance.now() > end) throw new Error(`waited ${milliseconds / 1000} seconds for ${what}`)
    await pause(200)
  }
}

function nodesIn(env: NodeJS.ProcessEnv, states: string, ...options: string[]): number {
  const { stdout } = spawnSync('sinfo', ['-h', '-N', '-p', 'main', '-t', states, '-o', '%N', ...options], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 10_000,
  })
  return stdout.trim().split('\n').filter(Boolean).length
}

/** Starts a private database and slurmdbd. */
async function startAccounting(
  folder: string,
  [, , , database, daemon]: readonly number[],
  launch: (name: string, program: string, args: string[]) => void,
): Promise<void> {
  const data = join(folder, 'db')
  const socket = join(folder, 'db.sock')
  const made = spawnSync(
    '/usr/bin/mariadb-install-db',
    [`--datadir=${data}`, '--user=root', '--auth-root-authentication-method=normal', '--skip-test-db'],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stderr}`)
  launch('mariadbd', '/usr/sbin/mariadbd', [
    '--no-defaults',
    '--user=root',
    `--datadir=${data}`,
    `--socket=${socket}`,
    '--bind-address=127.0.0.1',
    `--port=${database}`,
    `--pid-file=${folder}/db.pid`,
    `--log-error=${folder}/log/mariadbd`,
  ])
  const sql =
    "create database slurm_acct_db; create user 'slurm'@'127.0.0.1' identified by 'coterie'; " +
    "grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';"
  await until(
    () => spawnSync('mariadb', ['--no-defaults', `--socket=${socket}`, '-u', 'root', '-e', sql]).status === 0,
    20_000,
    'the database',
  )
  const text = `AuthType=auth/munge
AuthInfo=socket=${folder}/munge/sock
DbdHost=${hostname()}
DbdAddr=127.0.0.1
DbdPort=${daemon}
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=${database}
StorageUser=slurm
StoragePass=coterie
StorageLoc=slurm_acct_db
PidFile=${folder}/slurmdbd.pid
LogFile=${folder}/log/slurmdbd
`
  await writeFile(join(folder, 'slurmdbd.conf'), text, { mode: 0o600 })
  launch('slurmdbd', '/usr/sbin/slurmdbd', ['-D'])
  await until(
    async () => (await readFile(join(folder, 'log', 'slurmdbd'), 'utf8').catch(() => '')).includes('started'),
    20_000,
    'slurmdbd',
  )
}

function configuration(
  folder: string,
  [controller, first, second, , accounts]: readonly number[],
  forgetSeconds: number,
  accounting: boolean,
): string {
  const host = hostname()
  const kept = `AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=${accounts}
AccountingStoragePass=${folder}/munge/sock
`
  return `ClusterName=coterie
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/sock,cred_expire=5
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
SlurmdParameters=config_overrides
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/log/slurmctld
SlurmdLogFile=${folder}/log/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobCompType=jobcomp/none
${accounting ? kept : ''}JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,requeue_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MessageTimeout=10
MinJobAge=${forgetSeconds}
MaxArraySize=1001
SwitchType=switch/none
MailProg=/bin/true
GresTypes=gpu
NodeName=n1 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${first} CPUs=4 RealMemory=8000 Gres=gpu:1
NodeName=n2 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${second} CPUs=4 RealMemory=8000 Gres=gpu:1
PartitionName=main Nodes=n1,n2 Default=YES PriorityTier=1 PreemptMode=REQUEUE
PartitionName=high Nodes=n1,n2 PriorityTier=10 PreemptMode=OFF
`
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
        ),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
