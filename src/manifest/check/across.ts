import type { Json } from '../../core/json.js'
import { type Diagnostic, diagnose, type Mistake } from '../yaml/diagnose.js'
import { type Located, nearestRange } from '../yaml/located.js'
import type { Manifest } from '../manifest.js'
import type { ReadPipeline } from '../pipeline.js'

type Values = Pick<Manifest, 'holdout' | 'evaluation' | 'stages'>

/** Mistakes that involve several members. The stages' own checks run only if there are none so far. */
export function acrossMistakes(
  values: Values,
  root: Located,
  pipeline: ReadPipeline,
  soFar: readonly Diagnostic[],
): Diagnostic[] {
  const mistakes: Diagnostic[] = []
  const add = (path: readonly string[], mistake: Mistake) =>
    mistakes.push(diagnose(nearestRange(root, path), mistake))
  for (const [name, set] of Object.entries(values.evaluation ?? {}))
    evaluationMistakes(name, set, values, add)
  if (soFar.length > 0) return mistakes
  const facts = new Map<string, { [name: string]: Json }>()
  for (const { name, declaration, takes } of pipeline.nodes) {
    const upstream = Object.assign({}, ...Object.values(takes).map((from) => facts.get(from))) as {
      [name: string]: Json
    }
    const bound = declaration.bind(values.stages[name] ?? {})
    for (const { option, message, hint } of bound.check(upstream)) {
      add(['stages', name, ...option.split('.')], {
        code: 'E_OPTION',
        message: `\`${name}.${option}\`: ${message}`,
        hint,
      })
    }
    // The facts of an earlier run are known only after it has been read, during planning.
    facts.set(name, bound.earlier === undefined ? bound.facts(upstream) : upstream)
  }
  return mistakes
}

function evaluationMistakes(
  name: string,
  set: { readonly [member: string]: Json },
  values: Values,
  add: (path: readonly string[], mistake: Mistake) => void,
): void {
  const path = ['evaluation', name]
  if (set.uri !== undefined && set.from !== undefined) {
    add([...path, 'from'], {
      code: 'E_EVALUATION',
      message: `\`${path.join('.')}\` has both \`uri\` and \`from\``,
      hint: 'keep one of them',
    })
  } else if (set.uri === undefined && set.from === undefined) {
    add(path, {
      code: 'E_EVALUATION',
      message: `\`${path.join('.')}\` has no samples`,
      hint: 'add `from: holdout`, or a `uri`',
    })
  }
  if (set.from === 'holdout' && (values.holdout === undefined || values.holdout === null)) {
    add([...path, 'from'], {
      code: 'E_EVALUATION',
      message: `\`${path.join('.')}\` needs a hold-out`,
      hint: 'add `holdout: { share: 0.05 }` to the manifest',
    })
  }
}
