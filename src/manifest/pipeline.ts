import { checkValue } from './check/check.js'
import type { Checking } from './check/checking.js'
import { type Diagnostic, diagnose, inReadingOrder } from './yaml/diagnose.js'
import { didYouMean } from './check/hint.js'
import { type Located, memberOf, nearestRange } from './yaml/located.js'
import { pipelineFields } from './fields/pipeline-fields.js'
import type { ResolvedNode, PipelineNode } from './pipeline-node.js'
import type { StageLike } from './stage-like.js'
import { inDependencyOrder, wiringMistakes } from './wiring.js'

/** The graph of a run. Nodes are in dependency order, and otherwise in the order of the file. */
export interface Pipeline {
  readonly name: string
  readonly doc: string
  readonly nodes: readonly PipelineNode[]
}

export interface ReadPipeline {
  readonly name: string
  readonly doc: string
  readonly nodes: readonly ResolvedNode[]
  /** Names of the nodes that were left out because their stage is unknown. */
  readonly leftOut: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Checks a parsed pipeline file. Reports nodes of unknown stages, and leaves them out. */
export function readPipeline(root: Located, stages: readonly StageLike[], folder: string): ReadPipeline {
  const diagnostics: Diagnostic[] = []
  const { name, doc } = checkHead(root, folder, diagnostics)
  const nodes: ResolvedNode[] = []
  const written = memberOf(root, 'stages')?.value
  for (const member of written?.kind === 'map' ? written.members : []) {
    const { key, keyAt, value } = member
    const takes: Record<string, string> = {}
    const wires = memberOf(value, 'takes')?.value
    for (const wire of wires?.kind === 'map' ? wires.members : []) {
      if (wire.value.kind === 'scalar' && typeof wire.value.value === 'string')
        takes[wire.key] = wire.value.value
    }
    const explicit = memberOf(value, 'stage')?.value
    const stage = explicit?.kind === 'scalar' && typeof explicit.value === 'string' ? explicit.value : key
    const declaration = stages.find((known) => known.name === stage)
    if (declaration)
      nodes.push({ name: key, stage, takes, declaration, defaults: memberOf(value, 'options')?.value })
    else {
      const hint = didYouMean(
        stage,
        stages.map((known) => known.name),
      )
      diagnostics.push(
        diagnose(explicit?.at ?? keyAt, {
          code: 'E_UNKNOWN_STAGE',
          message: `there is no stage \`${stage}\``,
          hint,
        }),
      )
    }
  }
  const names = new Set(written?.kind === 'map' ? written.members.map(({ key }) => key) : [])
  for (const mistake of wiringMistakes(nodes, names)) {
    diagnostics.push(
      diagnose(
        nearestRange(root, ['stages', mistake.node, 'takes', ...(mistake.port ? [mistake.port] : [])]),
        mistake,
      ),
    )
  }
  return {
    name,
    doc,
    nodes: inDependencyOrder(nodes),
    leftOut: [...names].filter((name) => !nodes.some((node) => node.name === name)),
    diagnostics: inReadingOrder(diagnostics),
  }
}

/** Checks everything but the options, which the stages check together with those of the manifest. */
function checkHead(root: Located, folder: string, diagnostics: Diagnostic[]): { name: string; doc: string } {
  const checking: Checking = {
    environment: {},
    folder,
    diagnostics,
    owner: (path) => ({
      code: 'E_UNKNOWN_MEMBER',
      text: path.length === 0 ? 'a member of a pipeline' : `a member of \`${path.join('.')}\``,
    }),
    label: (path) => (path.length === 0 ? 'the pipeline' : `\`${path.join('.')}\``),
  }
  const value = checkValue(
    withoutOptions(root),
    { shape: { kind: 'group', members: pipelineFields }, doc: 'A pipeline.' },
    [],
    checking,
  )
  const { name = '', doc = '' } = (value ?? {}) as { name?: string; doc?: string }
  return { name, doc }
}

function withoutOptions(root: Located): Located {
  return mapMember(root, 'stages', (stages) =>
    stages.kind === 'map'
      ? {
          ...stages,
          members: stages.members.map((node) => ({ ...node, value: without(node.value, 'options') })),
        }
      : stages,
  )
}

function mapMember(value: Located, key: string, change: (member: Located) => Located): Located {
  if (value.kind !== 'map') return value
  return {
    ...value,
    members: value.members.map((member) =>
      member.key === key ? { ...member, value: change(member.value) } : member,
    ),
  }
}

function without(value: Located, key: string): Located {
  return value.kind === 'map'
    ? { ...value, members: value.members.filter((member) => member.key !== key) }
    : value
}
