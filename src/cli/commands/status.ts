import { Command } from 'commander'
import type { StatusDocument } from '../../api/read-status.js'
import { printOthers } from '../terminal/submissions.js'
import { exitCode } from '../../core/error.js'
import { invocation } from '../terminal/invocation.js'
import { count, print, printDocument, quoted, table } from '../terminal/output.js'
import {
  idOption,
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  untilOption,
  lockOption,
} from '../terminal/options.js'

export function statusCommand(): Command {
  return new Command('status')
    .description('show the progress of a run, from the store and, with a profile, from the queue')
    .argument('<manifest>')
    .option('--files', 'also look whether the files of finished tasks are there, with their sizes')
    .addOption(profileOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(lockOption())
    .addOption(idOption())
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        options: {
          profile?: string
          store?: string
          set: string[]
          until?: string
          lock?: string
          id: string[]
          files?: boolean
          json?: boolean
        },
      ) => {
        const { status: readStatus } = await import('../../api/read-status.js')
        const status = await readStatus(manifest, options)
        const { damaged = [] } = status
        if (damaged.length > 0) process.exitCode = exitCode.check
        if (options.json) return printDocument('status', status)
        printStatus(status)
        if (!options.files) return
        print(damaged.length === 0 ? '\nThe files of all finished tasks are there.' : '')
        for (const { path, expected, found } of damaged)
          print(`damaged  ${path}\n  expected: ${expected}\n  found:    ${found}`)
        if (damaged.length > 0)
          print(`\n\`${invocation()} verify --repair ${quoted(manifest)}\` repairs them.`)
      },
    )
}

const shownStates = ['running', 'preempted', 'failed', 'lost', 'blocked', 'cancelled'] as const

function printStatus(status: StatusDocument): void {
  const submitted = 'submitted' in status ? status.submitted : []
  const states = shownStates.filter((state) => submitted.some((stage) => stage.states[state]))
  print(
    table(
      [
        { title: 'stage' },
        { title: 'tasks', align: 'right' },
        { title: 'succeeded', align: 'right' },
        ...states.map((state) => ({ title: state, align: 'right' as const })),
        { title: 'pending', align: 'right' },
        { title: 'rows out', align: 'right' },
        { title: 'state' },
      ],
      status.stages.map((stage, index) => {
        const counts = states.map((state) => submitted[index]?.states[state] ?? 0)
        const pending = stage.pending - counts.reduce((sum, value) => sum + value, 0)
        return [
          stage.stage,
          count(stage.tasks),
          count(stage.succeeded),
          ...counts.map(count),
          count(pending),
          stage.rows_out === null ? '-' : count(stage.rows_out),
          stage.state,
        ]
      }),
    ),
  )
  printFailures(status.local_failures)
  printOthers(status.other_submissions)
  if (!('submitted' in status)) return
  if (status.scheduler_error)
    print(`\nThe scheduler did not respond (${status.scheduler_error.trim()}); this is from the store only.`)
  else if (!status.scheduler_asked)
    print('\nThis is from the store only; name a --profile to query the queue as well.')
  if (status.waiting.length > 0) print('\nWaiting:')
  for (const { stage, elements, reason } of status.waiting)
    print(`  ${stage}  ${count(elements)} ${elements === 1 ? 'job' : 'jobs'}  ${reason}`)
  if (status.running.length > 0) print('\nRunning:')
  for (const { task, rows_done, rows_total, detail, seconds_ago } of status.running) {
    const rows =
      rows_total === null
        ? rows_done === 0
          ? []
          : [`${count(rows_done)} rows`]
        : [`${count(rows_done)} of ${count(rows_total)} rows`]
    print(`  ${[task, ...rows, ...(detail === null ? [] : [detail])].join('  ')}  (${seconds_ago} s ago)`)
  }
  if (status.failed === 0) return
  const shown = status.failures.length
  const first = status.failed > shown ? `; the first ${shown}` : ''
  print(`\n${count(status.failed)} tasks did not succeed${first}:`)
  for (const { task, state, code, message, job, index } of status.failures)
    print(`  ${task}  ${state}  ${code}  ${message}${job === null ? '' : `  (job ${job}, element ${index})`}`)
}

const maxShown = 20

function printFailures(failures: StatusDocument['local_failures']): void {
  if (failures.length === 0) return
  const first = failures.length > maxShown ? `; the first ${maxShown}` : ''
  print(`\n${count(failures.length)} tasks failed on this or another machine${first}:`)
  for (const { stage, key, code, message, place } of failures.slice(0, maxShown))
    print(`  ${stage}/${key}  ${code}  ${place === null ? '' : `${place}: `}${message}`)
}
