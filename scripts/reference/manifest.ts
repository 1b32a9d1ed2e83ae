import { manifestFields, holdoutField } from '../../src/manifest/fields/manifest-fields.js'
import { group } from '../../src/core/field.js'
import { pipelineFields } from '../../src/manifest/fields/pipeline-fields.js'
import { profileFields } from '../../src/manifest/fields/profile-fields.js'
import { holdoutOption } from '../../src/manifest/stage-like.js'
import type { Pipeline } from '../../src/manifest/pipeline.js'
import type { AnyStage } from '../../src/stages/define.js'
import { generatedNote } from './note.js'
import { optionsTable } from './options-table.js'

export function manifestPage(stages: readonly AnyStage[]): string {
  const holdout = stages.find((stage) => stage.takes_holdout)?.options[holdoutOption]
  const fields = manifestFields(
    group({}, { doc: 'Options of the stages, by stage: see [stages](stages.md).' }),
    holdout ? { ...holdout, optional: true } : holdoutField,
  )
  return `${generatedNote}# Manifest

One run: what goes in, what is kept out for evaluation, where results go. Schema for editors:
\`schema/manifest.schema.json\`, or \`coterie schema\`.

${optionsTable(fields)}

- A stage that is not mentioned takes its defaults. \`--set stage.option=value\` overrides one option, read
  as YAML; \`--set holdout.share=0.1\` a member of the manifest.
- Relative paths start from the folder of the manifest.
- Text is on one line; files are at most 64 KB; anchors, aliases, merge keys, tags and duplicate keys are
  mistakes.
`
}

export function pipelinesPage(pipelines: readonly Pipeline[]): string {
  const sections = pipelines.map(({ name, doc, nodes }) => {
    const rows = nodes.map((node) => {
      const takes = Object.entries(node.takes).map(([port, from]) =>
        port === from ? `\`${from}\`` : `\`${port}\` from \`${from}\``,
      )
      return (
        `| \`${node.name}\` | ${node.stage === node.name ? '' : `\`${node.stage}\``} ` +
        `| ${takes.join(', ')} |`
      )
    })
    return `## ${name}\n\n${doc}\n\n| node | stage | takes |\n|---|---|---|\n${rows.join('\n')}`
  })
  return `${generatedNote}# Pipelines

A pipeline is the shape of a run: stages and wires, no locations. These ship with the package; a manifest
names one, or the path of a pipeline file. The options that a node sets are defaults: the manifest's replace
them one by one.

${sections.join('\n\n')}

## Pipeline files

${optionsTable(pipelineFields)}
`
}

export function profilePage(): string {
  return `${generatedNote}# Profile

Where and how tasks run; nothing about the data. \`--profile NAME\` takes a
shipped profile, \`--profile ./file.yaml\` one of your own.

${optionsTable(profileFields)}
`
}
