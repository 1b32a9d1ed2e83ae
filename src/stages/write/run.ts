import type { TaskContext } from '../define.js'
import { writeCatalogue } from './catalogue.js'
import { writeGroup } from './group.js'
import type { WriteOptions } from './options.js'

export async function run(context: TaskContext<WriteOptions>): Promise<void> {
  if (context.key === 'catalogue') await writeCatalogue(context)
  else await writeGroup(context)
}
