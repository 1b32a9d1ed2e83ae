import type { AnyStage, Ports } from '../../src/stages/define.js'
import { ownOptions } from '../../src/manifest/stage-like.js'
import { optionsTable } from './options-table.js'
import { generatedNote } from './note.js'

export function stagesPage(stages: readonly AnyStage[]): string {
  const contents = stages.map((stage) => `- [\`${stage.name}\`](#${stage.name}): ${stage.doc}`).join('\n')
  return `${generatedNote}# Stages\n\n${contents}\n\n${stages.map(section).join('\n\n')}\n`
}

function section(stage: AnyStage): string {
  const facts = [
    ['version', String(stage.version)],
    ['takes', ports(stage.takes)],
    ['makes', ports(stage.makes)],
    ...(stage.reads_input ? [['reads', 'the input shards']] : []),
    ...(stage.reads_evaluation ? [['reads', 'the evaluation sets']] : []),
    ...(stage.runtime ? [['numbers depend on', stage.runtime.join(', ')]] : []),
  ]
  const lines = facts.map(([name, value]) => `| ${name} | ${value} |`).join('\n')
  const mark =
    'holdout' in stage.options && !('holdout' in ownOptions(stage))
      ? '\n\nThe hold-out is set at the top of the manifest.'
      : ''
  return (
    `## ${stage.name}\n\n${stage.doc}\n\n| | |\n|---|---|\n${lines}\n\n` +
    `${optionsTable(ownOptions(stage))}${mark}`
  )
}

function ports(of: Ports): string {
  const names = Object.entries(of).map(([port, { kind, optional }]) => {
    const text = port === kind.name ? `\`${port}\`` : `\`${port}\` (${kind.name})`
    return optional ? `${text}, optional` : text
  })
  return names.join(', ') || 'nothing'
}
