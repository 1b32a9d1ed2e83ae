import { Command } from 'commander'
import type { AdoptedTask } from '../../runner/task/adopted-tasks.js'
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
            stages: chosen.map(({ node, ...rest }) => {
              const { action, tasks, to_run, reason, depends_on, differences, entries, adopted } = rest
              const stage = { stage: node, action, tasks, to_run, reason, depends_on }
              return { ...stage, differences, entries, adopted }
            }),
            ...(instead ? { lock: instead.lock } : {}),
          })
        }
        if (instead) {
          const { code, message, place = '' } = instead.failure
          print(`from ${instead.lock}, since the run cannot be planned: ${code}  ${message}  ${place}`)
        }
        for (const { node, action, tasks, to_run, reason, differences, entries, adopted } of chosen) {
          print(
            action === 'reuse'
              ? `${node}: reused, all ${tasks} tasks have results`
              : `${node}: ${to_run} of ${tasks} tasks would run\n  because ${reason}`,
          )
          for (const line of adoptedLines(adopted, only === undefined)) print(`  ${line}`)
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

/** Tasks that have the result of another one; as a number for all stages, one by one for a single stage. */
function adoptedLines(adopted: readonly AdoptedTask[], short: boolean): string[] {
  if (adopted.length === 0) return []
  if (short) return [`${adopted.length} of these came out equal to earlier tasks and use their results`]
  return adopted.map(
    ({ key, fingerprint, data }) => `adopted  ${key} ${fingerprint.slice(0, 12)} uses ${data.slice(0, 12)}`,
  )
}
