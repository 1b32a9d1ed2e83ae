import { renamedOptions } from '../../core/named-options.js'
import type { Owner, Path } from './checking.js'
import type { ReadPipeline } from '../pipeline.js'
import { ownOptions, type StageLike } from '../stage-like.js'

/** `stages.cluster.fine` is shown as `cluster.fine`, as on the command line. */
export function manifestLabel(path: Path): string {
  if (path.length === 0) return 'the manifest'
  return `\`${(path[0] === 'stages' && path.length > 1 ? path.slice(1) : path).join('.')}\``
}

/** Describes the group that has an unknown name. */
export function manifestOwner(
  stages: readonly StageLike[],
  pipeline: ReadPipeline | undefined,
): (path: Path) => Owner {
  const stageOf = (node: string) => pipeline?.nodes.find(({ name }) => name === node)?.stage ?? node
  return (path) => {
    const [first, node] = path
    if (first === undefined)
      return {
        code: 'E_UNKNOWN_MEMBER',
        text: 'a member of the manifest',
        elsewhere: (name) => stageHint(name, stages),
      }
    if (first !== 'stages') return { code: 'E_UNKNOWN_OPTION', text: `a member of \`${path.join('.')}\`` }
    if (node === undefined) {
      const text = pipeline ? `a stage of pipeline \`${pipeline.name}\`` : 'a stage'
      return { code: 'E_UNKNOWN_STAGE', text }
    }
    const text =
      path.length === 2 ? `an option of stage \`${stageOf(node)}\`` : `a member of ${manifestLabel(path)}`
    return {
      code: 'E_UNKNOWN_OPTION',
      text,
      elsewhere: (name) =>
        name === 'holdout'
          ? 'move it to the top level of the manifest'
          : (renameHint([...path.slice(2), name], node, stageOf(node), stages) ??
            optionElsewhere(name, stageOf(node), stages)),
    }
  }
}

function stageHint(name: string, stages: readonly StageLike[]): string | undefined {
  return stages.some((stage) => stage.name === name)
    ? `the options of \`${name}\` go under \`stages:\``
    : undefined
}

function renameHint(
  was: Path,
  node: string,
  stage: string,
  stages: readonly StageLike[],
): string | undefined {
  const declared = stages.find(({ name }) => name === stage)
  const now = declared && renamedOptions(ownOptions(declared)).get(was.join('.'))
  return now && `it was renamed to \`${node}.${now}\``
}

function optionElsewhere(option: string, stage: string, stages: readonly StageLike[]): string | undefined {
  const owner = stages.find((other) => other.name !== stage && Object.hasOwn(ownOptions(other), option))
  return owner && `\`${option}\` is an option of \`${owner.name}\``
}
