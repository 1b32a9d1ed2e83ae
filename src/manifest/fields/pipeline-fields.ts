import { type Fields, group, list, map, optional, text } from '../../core/field.js'
import { pluginMemberPattern } from '../../core/plugin-name.js'
import { identifierPattern } from './text.js'

/** Third-party code that a manifest or a pipeline names; read before anything else is checked. */
export const pluginsField = (relative: string) =>
  list(text({ pattern: '.', path: 'file', doc: 'One ES module, or a folder with a package.json.' }), {
    default: [],
    doc:
      `Plugins, ${relative}. They add stages, encoders, routing rules and schedulers, ` +
      'and are loaded only with `--trust`.',
  })

const nodeName = '^[a-z0-9][a-z0-9-]{0,31}$'

/** One node: its stage and its wires. The stage's declaration checks its `options`. */
export const nodeFields = {
  stage: optional(
    text({
      pattern: `${nodeName}|${pluginMemberPattern}`,
      doc: 'The stage (`plugin:stage` for that of a plugin); by default the name of the node.',
    }),
  ),
  takes: map(text({ pattern: nodeName, doc: 'Name of the node that produces it.' }), {
    key: '^[a-z0-9][a-z0-9_]{0,31}$',
    default: {},
    doc: 'Input ports of the stage, each with the node it is wired to.',
  }),
} satisfies Fields

export const pipelineFields = {
  name: text({ pattern: identifierPattern, doc: 'Name of the pipeline and of its file.' }),
  doc: text({ doc: 'What the pipeline is for, in one line.' }),
  plugins: pluginsField('relative to this file'),
  stages: map(group(nodeFields, { doc: 'One node.' }), {
    key: nodeName,
    doc: 'Nodes by name; their options are defaults for the manifest.',
  }),
} satisfies Fields
