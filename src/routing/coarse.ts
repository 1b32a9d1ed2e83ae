import { publishedWeights } from './published.js'
import { defineRule } from './rule.js'

/**
 * The paper's ablation that routes by coarse centres (arXiv 2404.16030, table "coarse-grained routing"): the
 * published rule with one centre per expert, S_c = {coarse centre of c}.
 */
export const coarse = defineRule({
  name: 'coarse',
  label: 'coarse centres',
  doc: 'by coarse centres',
  weighs: 'task',
  centres: 'coarse',
  scale: 'lambda',
  python: true,
  weigh: ({ coarse: nearest, experts }, { lambda }) => publishedWeights(nearest, experts, lambda),
})
