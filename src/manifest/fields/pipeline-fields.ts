import { type Fields, group, list, map, optional, text } from '../../core/field.js'
import { pluginMemberPattern } from '../../core/plugin-name.js'
import { identifierPattern } from './text.js'

/** Code of others that a manifest or a pipeline names; read before anything else is checked. */
export const pluginsField = (relative: string) =>
  list(text({ pattern: '.', path: 'file', doc: 'One ES module, or a folder with a package.json.' }), {
    default: [],
    doc:
      `Plugins, ${relative}: they add stages, encoders, routing rules and schedulers, ` +
      'and are loaded with `--trust` only.',
  })

const nodeName = '^[a-z0-9][a-z0-9-]{0,31}$'

/**
 * One node: which stage it is and where its ports are wired to. Its `options` are checked by the stage's
 * declaration.
 */
export const nodeFields = {
  stage: optional(
    text({
      pattern: `${nodeName}|${pluginMemberPattern}`,
      doc: 'The stage (`plugin:stage` for one of a plugin); the name of the node if left out.',
    }),
  ),
  takes: map(text({ pattern: nodeName, doc: 'Name of the node that makes it.' }), {
    key: '^[a-z0-9][a-z0-9_]{0,31}$',
    default: {},
    doc: 'Port of the stage → node.',
  }),
} satisfies Fields

export const pipelineFields = {
  name: text({ pattern: identifierPattern, doc: 'Name of the pipeline, which is the name of its file.' }),
  doc: text({ doc: 'What this shape is for, one line.' }),
  plugins: pluginsField('relative to this file'),
  stages: map(group(nodeFields, { doc: 'One node.' }), {
    key: nodeName,
    doc: 'Nodes by name; the options they set are defaults for the manifest.',
  }),
} satisfies Fields
