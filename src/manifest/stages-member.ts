import { type Located, type LocatedMap, type Member, memberOf } from './yaml/located.js'
import type { ReadPipeline } from './pipeline.js'

/**
 * Merges the pipeline's options into the manifest: an option of the manifest replaces the pipeline's as a
 * whole. Values keep their source ranges, so that a mistake in a pipeline file is shown in that file.
 */
export function stagesOf(root: Located, pipeline: ReadPipeline | undefined): Located {
  if (root.kind !== 'map' || !pipeline) return root
  const written = memberOf(root, 'stages')
  if (written && written.value.kind !== 'map' && !isNothing(written.value)) return root
  const at = written?.keyAt ?? root.at
  const own: readonly Member[] = written?.value.kind === 'map' ? written.value.members : []
  const unknown = own.filter(
    ({ key }) => !pipeline.nodes.some(({ name }) => name === key) && !pipeline.leftOut.includes(key),
  )
  const nodes = pipeline.nodes.map(({ name, defaults }): Member => {
    const member = own.find(({ key }) => key === name)
    const empty: Located = { kind: 'map', members: [], at: member?.keyAt ?? at }
    const explicit = member && !isNothing(member.value) ? member.value : empty
    return { key: name, keyAt: member?.keyAt ?? at, value: defaults ? merged(defaults, explicit) : explicit }
  })
  const stages: LocatedMap = { kind: 'map', at, members: [...nodes, ...unknown] }
  const rest = root.members.filter(({ key }) => key !== 'stages')
  return { ...root, members: [...rest, { key: 'stages', keyAt: at, value: stages }] }
}

function merged(defaults: Located, own: Located): Located {
  if (own.kind !== 'map') return own
  if (defaults.kind !== 'map') return isNothing(defaults) ? own : defaults
  const inherited = defaults.members.filter(({ key }) => !own.members.some((member) => member.key === key))
  return { ...own, members: [...own.members, ...inherited] }
}

function isNothing(value: Located): boolean {
  return value.kind === 'scalar' && value.value === null
}
