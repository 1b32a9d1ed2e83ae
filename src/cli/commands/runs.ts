import { Command } from 'commander'
import { jsonOption, storeOption, storeProfileOption } from '../terminal/options.js'
import { print, printDocument, table } from '../terminal/output.js'

export function runsCommand(): Command {
  return new Command('runs')
    .description('list the finished runs that are registered in a store; gc keeps what they need')
    .argument('<store>', 'the store, or a manifest that uses it')
    .addOption(storeProfileOption())
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (target: string, options: { profile?: string; store?: string; json?: boolean }) => {
      const { openTarget } = await import('../../runner/snapshots/open-target.js')
      const { readSnapshots } = await import('../../runner/snapshots/snapshot.js')
      const { listed } = await import('../../runner/snapshots/listed.js')
      const { systemClock } = await import('../../core/clock.js')
      const { registerEnded } = await import('../../runner/snapshots/submitted.js')
      const store = await openTarget(target, options)
      // Who may not write to the store sees what others registered.
      await registerEnded(store, systemClock).catch(() => {})
      const runs = (await readSnapshots(store)).map(listed)
      if (options.json) return printDocument('runs', { runs })
      if (runs.length === 0) return print('no run is registered in this store')
      print(
        table(
          [{ title: 'id' }, { title: 'time' }, { title: 'name' }, { title: 'by' }, { title: 'manifest' }],
          runs.map((run) => [
            run.id,
            run.time.slice(0, 19).replace('T', ' '),
            run.name,
            `${run.user}@${run.host}`,
            run.manifest,
          ]),
        ),
      )
    })
}
