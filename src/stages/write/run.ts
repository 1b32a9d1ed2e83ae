import { writeCatalogue } from './catalogue.js'
import { writeGroup } from './group.js'
import type { Context } from './tasks.js'

export async function run(context: Context): Promise<void> {
  if (context.kind === 'catalogue') await writeCatalogue(context)
  else await writeGroup(context)
}
