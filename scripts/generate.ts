import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildProgram } from '../src/cli/program.js'
import { byCodeUnit } from '../src/core/json.js'
import type { Pipeline } from '../src/manifest/pipeline.js'
import { readPipeline } from '../src/manifest/pipeline.js'
import { readYamlFile } from '../src/manifest/yaml/read-file.js'
import {
  manifestSchema,
  pipelineSchema,
  profileSchema,
  schemaOfGroup,
} from '../src/manifest/fields/schema.js'
import { builtinStages } from '../src/stages/builtin-stages.js'
import { jobFields } from '../src/stages/train/job/schema.js'
import { areas } from '../test/situations/table.js'
import { compiledKernels } from './kernels.js'
import { withArrowsTable } from './reference/arrows-table.js'
import { commandLinePage } from './reference/command-line.js'
import { infrastructurePage } from './reference/infrastructure.js'
import { manifestPage, pipelinesPage, profilePage } from './reference/manifest.js'
import { situationsPage } from './reference/situations.js'
import { stagesPage } from './reference/stages.js'

const architecture = 'docs/architecture.md'

/** Pages in this folder that are no longer generated are removed. */
export const referenceFolder = 'docs/reference'

/** The text of every generated file, from the declarations alone. */
export async function generate(root: string): Promise<Map<string, string>> {
  const job = json({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Coterie training job',
    ...schemaOfGroup(jobFields, false),
  })
  return new Map([
    ['schema/manifest.schema.json', json(manifestSchema(builtinStages.all))],
    ['schema/pipeline.schema.json', json(pipelineSchema())],
    ['schema/profile.schema.json', json(profileSchema())],
    ['schema/train-job.schema.json', job],
    ['trainer/coterie_trainer/train_job.schema.json', job],
    ['src/math/kernels/code.ts', await compiledKernels(root)],
    [architecture, withArrowsTable(await readFile(join(root, architecture), 'utf8'))],
    ['docs/reference/command-line.md', commandLinePage(buildProgram())],
    ['docs/reference/infrastructure.md', await infrastructurePage(root)],
    ['docs/reference/manifest.md', manifestPage(builtinStages.all)],
    ['docs/reference/pipelines.md', pipelinesPage(await shippedPipelines(join(root, 'pipelines')))],
    ['docs/reference/profile.md', profilePage()],
    ['docs/reference/stages.md', stagesPage(builtinStages.all)],
    ['docs/situations.md', situationsPage(areas)],
  ])
}

async function shippedPipelines(folder: string): Promise<Pipeline[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort(byCodeUnit)
  return Promise.all(
    names.map(async (name) => {
      const { root } = await readYamlFile(join(folder, name), name)
      return readPipeline(root, builtinStages.all, folder)
    }),
  )
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
