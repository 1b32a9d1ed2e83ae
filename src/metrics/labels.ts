import { classMetrics } from './metrics.js'
import { recallLabel } from './retrieval.js'

/** Of linear probes, which are measured on half of a set. */
export const probeMetric = 'probe_top1'

const labels = new Map<string, string>([
  ...classMetrics.map(({ name, label }) => [name, label] as const),
  [probeMetric, 'linear probe, top-1'],
])

/** How the report calls a metric. */
export function metricLabel(metric: string): string {
  return labels.get(metric) ?? recallLabel(metric) ?? metric.replaceAll('_', ' ')
}
