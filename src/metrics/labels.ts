import { classMetrics } from './metrics.js'
import { recallLabel } from './retrieval.js'

/** The metric of linear probes, which are measured on half of a set. */
export const probeMetric = 'probe_top1'

const labels = new Map<string, string>([
  ...classMetrics.map(({ name, label }) => [name, label] as const),
  [probeMetric, 'linear probe, top-1'],
])

/** The report's label of a metric. */
export function metricLabel(metric: string): string {
  return labels.get(metric) ?? recallLabel(metric) ?? metric.replaceAll('_', ' ')
}
