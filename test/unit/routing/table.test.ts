import test from 'ava'
import { classifyCommand } from '../../../src/cli/commands/classify.js'
import { routeCommand } from '../../../src/cli/commands/route.js'
import { modelName } from '../../../src/report/words.js'
import { ensembleOrder, isEnsemble, ruleLabel, withDenseName } from '../../../src/routing/names.js'
import { addRule, isRule, ruleNamed } from '../../../src/routing/registry.js'
import { defineRule } from '../../../src/routing/rule.js'
import { builtInRules, ruleNames } from '../../../src/routing/rules.js'
import { distancesTo } from '../../../src/routing/distances.js'
import { weighEach, weighTogether } from '../../../src/routing/weigh.js'
import { options } from '../../../src/stages/evaluate/options.js'
import { verdictOf } from '../../../src/stages/evaluate/verdict.js'
import { sourceFiles, withoutComments } from '../../source-tree.js'

test('every rule of the table is an option, a flag, a line of the report and a verdict', (t) => {
  const choices = (command: { options: readonly { long?: string | undefined; argChoices?: string[] }[] }) =>
    command.options.find(({ long }) => long === '--rule')?.argChoices
  const verdict = verdictOf(
    ruleNames.map((model) => ({
      task: 'animals',
      metric: 'top1',
      model,
      against: 'dense',
      value: 0.1,
      low: 0.05,
      high: 0.15,
    })),
  )
  t.deepEqual(options.routing.default, ruleNames)
  const taken = routeCommand().options.find(({ long }) => long === '--rule')
  const parse = (name: string): unknown => taken?.parseArg?.(name, undefined as never)
  for (const name of ruleNames) {
    t.is(parse(name), name)
    t.true(taken?.description.includes(name))
  }
  t.throws(() => parse('nonsense'))
  t.deepEqual(choices(classifyCommand()), ruleNames)
  for (const { name, label, doc } of builtInRules) {
    t.is(ruleNamed(name).name, name)
    t.true(options.routing.doc.includes(doc), `the reference explains ${name}`)
    t.is(modelName(name), `Routed, ${label}`)
    t.is(modelName(withDenseName(name)), `Routed, ${label}, with dense`)
    t.true(isEnsemble(name) && isEnsemble(withDenseName(name)))
    t.true(verdict.text.includes(`Routing by the ${name} rule beats dense`))
  }
})

test('no other file of src names the rules', (t) => {
  // The other two are also words for other things, such as a published record and coarse centres.
  const name = /['"`](coded|per-class)['"`]/
  t.deepEqual(
    sourceFiles('src')
      .filter(({ path }) => !path.startsWith('src/routing/'))
      .filter(({ text }) => name.test(withoutComments(text)))
      .map(({ path }) => path),
    [],
  )
})

test('the report sorts ensembles by the table, equal weights first and plugins last', (t) => {
  const sorted = ['uniform', ...ruleNames.flatMap((name) => [name, withDenseName(name)]), 'mine:nearest']
  t.deepEqual(
    sorted.toReversed().toSorted((a, b) => ensembleOrder(a) - ensembleOrder(b)),
    sorted,
  )
  for (const other of ['dense', 'expert-0', 'best-single', 'oracle', 'probe:dense', 'probe-5:experts'])
    t.false(isEnsemble(other), other)
})

const first = defineRule({
  name: 'mine:first',
  label: 'first expert',
  doc: 'by the first expert alone',
  weighs: 'task',
  centres: 'fine',
  scale: null,
  python: false,
  weigh: ({ count, experts }) => ({
    weights: Float64Array.from({ length: experts }, (_, expert) => (expert === 0 ? 1 : 0)),
    affinity: new Float64Array(count).fill(1),
  }),
})
const set = { vectors: Float32Array.of(0, 0, 1, 0), width: 2, experts: [0, 1], expert_count: 2 }
const distances = distancesTo({ fine: set, coarse: set }, Float32Array.of(0, 1, 1, 1, 1, 0), [0, 1])
const scale = { lambda: 0.2, temperature: 0.1 }

test("a plugin's rule is found by its name once it is added, and only once", (t) => {
  t.throws(() => ruleNamed('mine:first'), { code: 'E_ROUTING_RULE' })
  addRule(first)
  addRule(first)
  t.true(isRule('mine:first'))
  t.deepEqual([...weighTogether(ruleNamed('mine:first'), distances, scale).weights], [1, 0])
  t.is(ruleLabel('mine:first'), 'rule mine:first')
  t.throws(() => addRule({ ...first }), { code: 'E_ROUTING_RULE' })
  t.throws(() => addRule({ ...first, name: 'first' }), { code: 'E_ROUTING_RULE' })
})

test('weights or affinities of another length than promised are refused', (t) => {
  const short = { ...first, weigh: () => ({ weights: new Float64Array(1), affinity: new Float64Array(3) }) }
  t.throws(() => weighTogether(short, distances, scale), { code: 'E_ROUTING_RULE' })
  t.throws(() => weighEach(short, distances, scale), { code: 'E_ROUTING_RULE' })
})

test('texts that are routed one by one have the weights of tasks of one text', (t) => {
  const texts = [Float32Array.of(0, 1), Float32Array.of(1, 1), Float32Array.of(1, 0)]
  for (const rule of builtInRules) {
    const each = weighEach(rule, distances, scale)
    t.deepEqual(
      [...each.by_text],
      texts.flatMap((text) => [
        ...weighTogether(rule, distancesTo({ fine: set, coarse: set }, text, [0, 1]), scale).weights,
      ]),
      rule.name,
    )
  }
})

test('the weight of absent experts goes to the others', (t) => {
  for (const rule of builtInRules) {
    const one = distancesTo({ fine: set, coarse: set }, Float32Array.of(0, 1, 1, 1), [1])
    t.deepEqual([...weighTogether(rule, one, scale).by_text], [0, 1, 0, 1], rule.name)
  }
})
