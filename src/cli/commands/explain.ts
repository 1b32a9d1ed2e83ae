import { Command } from 'commander'
import { PipelineError } from '../../core/error.js'
import { print, printDocument } from '../terminal/output.js'
import {
  jsonOption,
  profileOption,
  setOption,
  storeOption,
  trustOption,
  untilOption,
  lockOption,
} from '../terminal/options.js'

export function explainCommand(): Command {
  return new Command('explain')
    .description('explain why a stage would run: which entries of its fingerprint changed')
    .argument('<manifest>')
    .argument('[stage]')
    .addOption(profileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(lockOption())
    .addOption(jsonOption())
    .action(
      async (
        manifest: string,
        only: string | undefined,
        options: {
          profile?: string
          trust?: boolean
          store?: string
          set: string[]
          until?: string
          lock?: string
          json?: boolean
        },
      ) => {
        const { explainRun } = await import('../../runner/explain-run.js')
        const { renderDifference } = await import('../../planner/explain.js')
        const { stages: reasons, instead } = await explainRun(manifest, options)
        const chosen = reasons.filter((stage) => only === undefined || stage.node === only)
        if (chosen.length === 0) {
          throw new PipelineError({
            code: 'E_UNKNOWN_STAGE',
            failure: 'usage',
            message: `this pipeline has no stage ${only}`,
            expected: reasons.map((stage) => stage.node).join(', '),
          })
        }
        if (options.json) {
          return printDocument('explain', {
            stages: chosen.map(({ node, action, tasks, to_run, reason, differences, entries }) => ({
              stage: node,
              action,
              tasks,
              to_run,
              reason,
              differences,
              entries,
            })),
            ...(instead ? { lock: instead.lock } : {}),
          })
        }
        if (instead) {
          const { code, message, place = '' } = instead.failure
          print(`from ${instead.lock}, since the run cannot be planned: ${code}  ${message}  ${place}`)
        }
        for (const { node, action, tasks, to_run, reason, differences, entries } of chosen) {
          print(
            action === 'reuse'
              ? `${node}: reused, all ${tasks} tasks have results`
              : `${node}: ${to_run} of ${tasks} tasks would run\n  because ${reason}`,
          )
          const changed = new Set(differences.map((difference) => difference.name))
          for (const difference of differences) print(`  changed  ${renderDifference(difference)}`)
          if (only === undefined) continue
          for (const entry of entries)
            if (!changed.has(entry.name)) {
              const shown = renderDifference({ name: entry.name, before: undefined, after: entry.value })
              print(`  same     ${shown.replace(' added:', '')}`)
            }
        }
      },
    )
}
