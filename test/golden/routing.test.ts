import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { Random } from '../../src/core/random.js'
import { coarse } from '../../src/math/routing/coarse.js'
import { coded } from '../../src/math/routing/coded.js'
import { landings, squaredToExperts, type CentreSet } from '../../src/math/routing/landing.js'
import { perClass } from '../../src/math/routing/per-class.js'
import { published } from '../../src/math/routing/published.js'
import { normaliseRows } from '../../src/math/ridge/whiten.js'

/** The numbers that the Python side (`trainer/tests/test_routing.py`) must give, too. */
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
    const landed = landings(vectors, fine)
    return {
      vectors: [...vectors],
      published: [...published(landed, experts).weights],
      coded: [...coded(landed, experts).weights],
      coarse: [...coarse(landings(vectors, middle), experts).weights],
      'per-class': [...perClass(squaredToExperts(vectors, fine), experts).by_class],
    }
  })
  return {
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
  value.tasks.forEach((task, index) => {
    for (const rule of ['published', 'coded', 'coarse', 'per-class'] as const) {
      const difference = Math.max(
        ...task[rule].map((weight, i) => Math.abs(weight - recorded.tasks[index]![rule][i]!)),
      )
      t.true(difference < 1e-12, `${rule} of task ${index}`)
    }
  })
})
