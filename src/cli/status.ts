import { Command } from 'commander'
import { count, print, printJson, table } from './output.js'
import { jsonOption, profileOption, setOption, storeOption } from './options.js'

export function statusCommand(): Command {
  return new Command('status')
    .description('how far a run has come, read from the store')
    .argument('<manifest>')
    .addOption(profileOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(jsonOption())
    .action(async (manifest: string, options: { profile?: string; store?: string; set: string[]; json?: boolean }) => {
      const { prepare } = await import('../runner/prepare.js')
      const { statusOf } = await import('../runner/status.js')
      const status = await statusOf(await prepare(manifest, options))
      if (options.json) return printJson(status)
      print(
        table(
          [{ title: 'stage' }, { title: 'tasks', align: 'right' }, { title: 'succeeded', align: 'right' }, { title: 'pending', align: 'right' }, { title: 'rows out', align: 'right' }, { title: 'state' }],
          status.stages.map((stage) => [stage.stage, count(stage.tasks), count(stage.succeeded), count(stage.pending), count(stage.rows_out), stage.state]),
        ),
      )
    })
}
