import type { Check } from './check.js'

export type Fault =
  | 'broken_tar'
  | 'dotted_key'
  | 'no_image'
  | 'no_caption'
  | 'bad_caption'
  | 'bad_image'
  | 'unsafe_member'

const examples = 3

/**
 * Counts faults, and keeps the first few places of each in sorted order, independent of the order of
 * reading.
 */
export class Findings {
  private readonly faults = new Map<Fault, { count: number; first: string[] }>()

  add(fault: Fault, place: string): void {
    const held = this.faults.get(fault) ?? { count: 0, first: [] }
    this.faults.set(fault, held)
    held.count++
    held.first.push(place)
    if (held.first.length > 16) held.first = held.first.sort().slice(0, examples)
  }

  check(name: string, fault: Fault, good: string): Check {
    const held = this.faults.get(fault)
    if (!held) return { name, ok: true, found: good }
    const first = held.first.sort().slice(0, examples).join(', ')
    return { name, ok: false, found: `${held.count} fail: ${first}${held.count > examples ? ', …' : ''}` }
  }
}
