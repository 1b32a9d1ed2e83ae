import { directionLabel } from '../../metrics/retrieval.js'
import { ensembleOrder, isEnsemble } from '../../routing/names.js'
import type { Difference, Verdict } from '../../artefacts/scores.js'

/**
 * Summarises the intervals: a rule wins or loses where the 95 % interval of its paired difference to dense
 * excludes zero, and ties elsewhere.
 */
export function verdictOf(differences: readonly Difference[]): Verdict {
  const by_rule: { [rule: string]: { wins: string[]; losses: string[]; ties: string[] } } = {}
  const compared = new Set(differences.map(({ model }) => model).filter(isEnsemble))
  const present = [...compared].sort((a, b) => ensembleOrder(a) - ensembleOrder(b))
  for (const rule of present) {
    const entry = { wins: [] as string[], losses: [] as string[], ties: [] as string[] }
    for (const { model, task, metric, low, high } of differences) {
      if (model !== rule) continue
      const direction = directionLabel(metric)
      const name = direction === undefined ? task : `${task} (${direction})`
      if (low > 0) entry.wins.push(name)
      else if (high < 0) entry.losses.push(name)
      else entry.ties.push(name)
    }
    by_rule[rule] = entry
  }
  const routed = present.filter((rule) => rule !== 'uniform')
  return {
    text:
      routed.length === 0
        ? 'There is no ensemble of experts and dense model to compare.'
        : sentences(routed, by_rule),
    by_rule,
  }
}

function sentences(routed: readonly string[], by_rule: Verdict['by_rule']): string {
  const lines = routed.map((rule) => {
    const { wins, losses, ties } = by_rule[rule]!
    const total = wins.length + losses.length + ties.length
    const parts = [
      `beats dense on ${wins.length} of ${total} tasks${listed(wins)}`,
      ...(losses.length > 0 ? [`loses on ${losses.length}${listed(losses)}`] : []),
      ...(ties.length > 0 ? [`cannot be told apart on ${ties.length}`] : []),
    ]
    return `Routing by the ${rule} rule ${joined(parts)}.`
  })
  const none = routed.every((rule) => by_rule[rule]!.wins.length === 0)
  return `${none ? 'Routing does not beat the dense model on any task. ' : ''}${lines.join(' ')}`
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (${names.join(', ')})`
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
