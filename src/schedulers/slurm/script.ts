import type { ArrayJob } from '../scheduler.js'
import type { SlurmSettings } from './settings.js'

/** Renders the batch script of an array. Pure. Options are those of sbatch(1) since Slurm 20.11. */
export function renderScript(job: ArrayJob, settings: SlurmSettings): string {
  const head = directives(job, settings).map((option) => `#SBATCH ${option}`)
  return `${['#!/bin/bash', ...head, '', ...body(job, settings)].join('\n')}\n`
}

/**
 * Folder for the output of an array's elements. It must exist before the job starts, or the job fails
 * without a message.
 */
export function logFolder({ logs }: SlurmSettings, name: string): string {
  return `${logs}/${name}`
}

function directives(job: ArrayJob, settings: SlurmSettings): string[] {
  const { resources } = job
  const running = resources.running ?? settings.running
  const folder = logFolder(settings, job.name)
  const partition =
    resources.queue ??
    (resources.gpus > 0 ? (settings.gpu_partition ?? settings.partition) : settings.partition)
  const gpus =
    resources.gpus === 0
      ? []
      : [`--gres=gpu:${settings.gpu_type === undefined ? '' : `${settings.gpu_type}:`}${resources.gpus}`]
  const dependencies = job.after.map(
    ({ job: id, kind, size }) =>
      `${kind === 'ended' ? 'afterany' : kind === 'each' && size > 1 ? 'aftercorr' : 'afterok'}:${id}`,
  )
  return [
    `--job-name=${job.name}`,
    `--array=0-${job.size - 1}${running === undefined ? '' : `%${running}`}`,
    // Attempts of one element share a file, to keep the output of earlier ones.
    word(`--output=${folder.replaceAll('%', '%%')}/%a.log`),
    '--open-mode=append',
    word(`--chdir=${folder}`),
    `--nodes=${resources.nodes}`,
    '--ntasks-per-node=1',
    `--cpus-per-task=${resources.cpus}`,
    `--mem=${Math.ceil(resources.memory_bytes / 2 ** 20)}M`,
    `--time=${Math.ceil(resources.seconds / 60)}`,
    ...gpus,
    // `B:` signals the script, which passes it on; without it, only job steps are signalled.
    `--signal=B:TERM@${settings.stop_seconds}`,
    '--requeue',
    // Otherwise a job whose dependency can never be satisfied waits forever.
    '--kill-on-invalid-dep=yes',
    ...(dependencies.length > 0 ? [`--dependency=${dependencies.join(',')}`] : []),
    ...option('partition', partition),
    ...option('account', settings.account),
    ...option('qos', settings.qos),
    ...option('constraint', settings.constraint),
    ...option('reservation', settings.reservation),
    ...settings.sbatch,
  ]
}

/** One word of a directive, where a blank would begin the next option, and `#` a comment. */
function word(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`]
}

function body(job: ArrayJob, settings: SlurmSettings): string[] {
  const names = Object.keys(job.environment).sort()
  return [
    ...names.map((name) => `export ${name}=${quoted(job.environment[name] ?? '')}`),
    'export COTERIE_ATTEMPT="${SLURM_RESTART_COUNT:-0}"',
    // Slurm tells jobs their end time only since 23.02.
    'export COTERIE_STOP_AT="$(($(date +%s) + ' +
      `${Math.ceil(job.resources.seconds / 60) * 60 - settings.stop_seconds}))"`,
    ...settings.setup,
    'child= stopped=',
    `trap 'stopped=1; if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; fi' TERM INT`,
    `${[...settings.command, ...job.command].map(quoted).join(' ')} --index "$SLURM_ARRAY_TASK_ID" &`,
    'child=$!',
    'if [ -n "$stopped" ]; then kill -TERM "$child" 2>/dev/null; fi',
    'code=0',
    'wait "$child" || code=$?',
    '# A signal ends `wait`, not the child.',
    'while kill -0 "$child" 2>/dev/null; do code=0; wait "$child" || code=$?; done',
    ...requeue(settings.repetitions),
    'if [ "$code" -ne 0 ]; then echo "ended with exit code $code"; fi',
    'exit "$code"',
  ]
}

/**
 * Exit code 75 requests a restart, and on Slurm only the job itself can requeue it. It does so only while
 * the controller reports that this attempt is running: a cancelled job must not restart, a preempted one is
 * requeued already, and a process that outlived its node must not disturb its successor.
 */
function requeue(repetitions: number): string[] {
  return [
    `if [ "$code" -eq 75 ] && [ "$COTERIE_ATTEMPT" -lt ${repetitions} ]; then`,
    '  for try in 1 2 3 4 5; do',
    '    job=$(scontrol show job -o "$SLURM_JOB_ID" 2>/dev/null) && break',
    '    sleep 5',
    '  done',
    '  case "$job" in',
    '    *"JobState=RUNNING "*"Restarts=$COTERIE_ATTEMPT "*) scontrol requeue "$SLURM_JOB_ID" && exit 0 ;;',
    '  esac',
    'fi',
  ]
}

/** One word for the shell. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
