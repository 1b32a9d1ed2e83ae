import { canonicalJsonPretty } from '../../core/json.js'
import { renderPage } from '../../report/page.js'
import type { TaskContext } from '../define.js'
import { buildModel } from './build.js'
import type { ReportOptions } from './spec.js'

export async function run(context: TaskContext<ReportOptions>): Promise<void> {
  const model = await buildModel(context)
  await context.out.put('report.html', renderPage(model))
  await context.out.put('report.json', `${canonicalJsonPretty(model)}\n`)
}
