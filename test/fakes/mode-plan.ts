import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../../src/core/json.js'
import { loadManifest } from '../../src/manifest/load.js'
import { manifestError } from '../../src/manifest/yaml/diagnose.js'
import { makePlan, type PlanNode } from '../../src/planner/plan.js'
import type { Plan } from '../../src/planner/types.js'
import { builtinStages } from '../../src/stages/builtin-stages.js'

/**
 * The plan of the shipped `mode` pipeline over shards that need not exist: 250 MB tars, as crawls have them.
 */
export async function modePlan(shards: number, experts = 4, name = 'wide'): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-plan-'))
  try {
    const path = join(folder, 'wide.yaml')
    await writeFile(
      path,
      `name: ${name}\ninput: { uri: 's3://crawl/*.tar' }\nstore: store\nstages:\n  cluster: { fine: ` +
        `1024, experts: ${experts} }\n`,
    )
    const { manifest, diagnostics } = await loadManifest(path, { stages: builtinStages.all })
    if (!manifest) throw manifestError('manifest', path, diagnostics)
    const nodes = manifest.pipeline.nodes.map((node): PlanNode => ({
      name: node.name,
      stage: builtinStages.get(node.stage),
      options: manifest.stages[node.name] ?? {},
      takes: node.takes,
    }))
    const surveyed = Array.from({ length: shards }, (_, index) => ({
      uri: `s3://crawl/${String(index).padStart(5, '0')}.tar`,
      format: 'webdataset' as const,
      size: 250_000_000,
      identity: `s3:${index}`,
    }))
    return makePlan(
      { name: manifest.name, nodes, evaluation: manifest.evaluation as { [name: string]: Json } },
      { shards: surveyed, runtime: {}, models: {}, evaluation: {} },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}
