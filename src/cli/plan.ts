import { Command } from 'commander'
import { bytes, count, duration, print, printJson, table } from './output.js'
import { jsonOption, profileOption, setOption, storeOption, untilOption } from './options.js'

export function planCommand(): Command {
  return new Command('plan')
    .description('list what a run would do, with a reason for each stage, before anything is spent')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .option('--tasks', 'every task with its own reason')
    .addOption(jsonOption())
    .action(async (manifest: string, options: { profile?: string; store?: string; set: string[]; until?: string; tasks?: boolean; json?: boolean }) => {
      const { prepare } = await import('../runner/prepare.js')
      const { planView } = await import('../runner/plan-view.js')
      const view = planView(await prepare(manifest, options), options.tasks === true)
      if (options.json) return printJson(view)
      print(
        table(
          [
            { title: 'stage' },
            { title: 'tasks', align: 'right' },
            { title: 'to run', align: 'right' },
            { title: 'rows', align: 'right' },
            { title: 'writes', align: 'right' },
            { title: 'about', align: 'right' },
            { title: 'reason' },
          ],
          view.stages.map((stage) => [
            stage.stage,
            count(stage.tasks),
            count(stage.to_run),
            count(stage.rows),
            bytes(stage.bytes),
            stage.to_run === 0 ? '-' : duration(stage.seconds),
            stage.reason,
          ]),
        ),
      )
      for (const task of view.tasks ?? []) print(`${task.stage}/${task.key}  ${task.reason}  ${task.fingerprint.slice(0, 12)}`)
      const seconds = view.stages.reduce((sum, stage) => sum + (stage.to_run === 0 ? 0 : stage.seconds), 0)
      const toRun = view.stages.reduce((sum, stage) => sum + stage.to_run, 0)
      print(toRun === 0 ? '\nNothing to do: every task has its result.' : `\n${count(toRun)} tasks to run, about ${duration(seconds)} of work on one core.`)
    })
}
