// A routing rule: each class name votes for the expert of its nearest fine centre; the winner gets all the weight.
import { definePlugin, defineRule } from 'coterie/stage'

const majority = defineRule({
  name: 'majority',
  label: 'majority of nearest centres',
  doc: 'by the expert that owns most of the nearest centres',
  weighs: 'task',
  centres: 'fine',
  scale: null,
  python: false,
  weigh({ fine, experts, present }) {
    const votes = new Float64Array(experts)
    for (const { expert } of fine) votes[expert] += 1
    const winner = present.reduce((best, expert) => (votes[expert] > votes[best] ? expert : best), present[0])
    const weights = new Float64Array(experts)
    weights[winner] = 1
    return { weights, affinity: Float64Array.from(fine, ({ distance }) => Math.exp(-(distance ** 2))) }
  },
})

export default definePlugin({ name: 'vote', rules: [majority] })
