import { int, text, type OptionsOf } from '../../core/field.js'
import { defineStage } from '../define.js'
import { Report } from '../kinds.js'
import { newest, whole } from '../partition.js'
import { ports } from './ports.js'

const options = {
  title: text({ doc: 'Title of the page.', default: 'Data experts' }),
  pictures: int({ doc: 'Thumbnails per expert; 0 for none.', min: 0, max: 60, default: 18 }),
}

export type ReportOptions = OptionsOf<typeof options>

export const report = defineStage({
  name: 'report',
  version: 3,
  doc: "Puts the run's results on one page: scores, routing, experts, clusters, and where every row went.",
  takes: ports,
  makes: { report: { kind: Report } },
  page: { html: 'report.html', json: 'report.json' },
  options,
  partition: (context) =>
    whole(
      'samples',
      'vectors',
      'assignments',
      'shards',
      'bundles',
      'scores',
      'drift',
    )(context).map((partition) => ({
      ...partition,
      key: 'page',
      takes: { ...partition.takes, centres: newest(context.takes.centres) },
      exclusive: false,
      names_inputs: ['report.html', 'report.json'],
    })),
  estimate: () => ({ seconds: 3, bytes: 500_000, memory_bytes: 300e6 }),
  load: () => import('./run.js'),
})
