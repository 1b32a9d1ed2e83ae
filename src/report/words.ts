import { expertOf } from '../core/model-key.js'
import { ruleLabel } from '../routing/names.js'

/** Formats figures and names for the page, independently of the locale. */

export const count = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u2009')

export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)}`

/** A count with its noun, such as `1 shard` and `2 shards`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${noun(value, one, many)}`

export const noun = (value: number, one: string, many = `${one}s`): string => (value === 1 ? one : many)

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let scaled = bytes
  let unit = 0
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000
    unit += 1
  }
  return `${unit === 0 ? scaled : scaled.toFixed(scaled < 10 ? 1 : 0)}\u2009${units[unit]}`
}

const models: { readonly [model: string]: string } = {
  dense: 'Dense: one model, all data',
  'best-single': 'Best single expert',
  uniform: 'All experts, equal weights',
  oracle: 'Oracle: best expert on this test',
}

export function modelName(model: string): string {
  const [base = '', plus] = model.split('+')
  const expert = expertOf(base)
  const group = /^(random|full)-(.+)$/.exec(base)
  const rule = ruleLabel(base)
  const name =
    models[base] ??
    (rule
      ? `Routed, ${rule}`
      : expert !== undefined
        ? `Expert ${expert}`
        : group
          ? group[1] === 'random'
            ? 'Random parts, equal weights'
            : 'Full copies, equal weights'
          : base.startsWith('probe:')
            ? `Probe on ${base.slice(6)}`
            : base)
  return plus === 'dense' ? `${name}, with dense` : name
}

export function capitalised(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}

export function reasonName(reason: string): string {
  return reason.replaceAll('_', ' ')
}
