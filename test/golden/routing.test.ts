import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { Random } from '../../src/core/random.js'
import { normaliseRows } from '../../src/math/ridge/whiten.js'
import { distancesTo } from '../../src/routing/distances.js'
import type { CentreSet } from '../../src/routing/nearest.js'
import { defaultScale } from '../../src/routing/rule.js'
import { builtInRules } from '../../src/routing/rules.js'

/**
 * The table's rules and their weights, which the Python side (`trainer/tests/test_routing.py`) is tested
 * against.
 */
const file = new URL('routing/routing.json', import.meta.url)
const width = 6
const experts = 3

function unit(rows: number, ...names: (string | number)[]): Float32Array {
  const random = new Random(...names)
  return normaliseRows(
    Float32Array.from({ length: rows * width }, () => random.unit() - 0.4),
    width,
  )
}

function made() {
  const fine: CentreSet = {
    vectors: unit(12, 'fine'),
    width,
    experts: Array.from({ length: 12 }, (_, i) => (i * 7) % experts),
    expert_count: experts,
  }
  const middle: CentreSet = {
    vectors: unit(experts, 'coarse'),
    width,
    experts: [0, 1, 2],
    expert_count: experts,
  }
  const tasks = [1, 4, 9, 10, 60, 200, 201, 350].map((count) => {
    const vectors = unit(count, 'texts', count)
    const distances = distancesTo({ fine, coarse: middle }, vectors, [0, 1, 2])
    const weights = Object.fromEntries(
      builtInRules.map((rule) => [rule.name, [...rule.weigh(distances, defaultScale).weights]]),
    )
    return { vectors: [...vectors], weights }
  })
  return {
    rules: builtInRules.map(({ name, weighs, python }) => ({ name, weighs, python })),
    scale: defaultScale,
    width,
    fine: [...fine.vectors],
    fine_to_expert: [...(fine.experts as number[])],
    coarse: [...middle.vectors],
    tasks,
  }
}

test('routing gives the recorded weights', (t) => {
  const value = made()
  if (process.env.COTERIE_UPDATE_GOLDEN) writeFileSync(file, `${JSON.stringify(value)}\n`)
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof made>
  t.deepEqual(recorded.rules, value.rules)
  t.deepEqual(recorded.scale, value.scale)
  for (const [index, { weights }] of value.tasks.entries())
    for (const [rule, own] of Object.entries(weights)) {
      const before = recorded.tasks[index]!.weights[rule]!
      t.is(own.length, before.length)
      t.true(
        own.every((weight, i) => Math.abs(weight - before[i]!) < 1e-12),
        `${rule} of task ${index}`,
      )
    }
})
