import { PipelineError } from '../core/error.js'
import { isBaseline } from '../core/model-key.js'
import { writeEnsembleFolder } from '../ensemble/write-folder.js'
import { defaultRule } from '../routing/rules.js'
import type { FinishedRun } from '../runner/finished-run.js'
import { encoderOf, expertsOf, modelsOf } from '../stages/facts.js'
import { Bundles, Centres } from '../stages/kinds.js'
import { routingScale } from './routing-scale.js'

/** Output of `coterie export --json`. */
export interface ExportedEnsemble {
  readonly folder: string
  readonly wanted: readonly string[]
  /** The models among `wanted` that exist. */
  readonly models: readonly string[]
  readonly bytes: number
}

/** Writes the ensemble folder of a run, with the models that exist so far. */
export async function exportRun(
  run: FinishedRun,
  folder: string,
  { baselines }: { readonly baselines: boolean },
): Promise<ExportedEnsemble> {
  const centres = (await run.artefacts(Centres)).at(-1)!
  const facts = run.facts(Bundles)
  const wanted = modelsOf(facts).filter((model) => baselines || !isBaseline(model))
  const bundles = (await run.existing(Bundles)).filter(({ key }) => wanted.includes(key))
  if (bundles.length === 0) {
    throw new PipelineError({
      code: 'E_NOT_FINISHED',
      failure: 'usage',
      message: 'none of the models is trained yet',
      expected: wanted.join(', '),
      hint: 'run the manifest; `export` copies the models that are there',
    })
  }
  const { model, ...encoder } = encoderOf(facts)
  const bytes = await writeEnsembleFolder(folder, {
    bundles,
    centres,
    encoder: model,
    remote: run.storage,
    document: {
      version: 1,
      experts: expertsOf(facts),
      models: wanted,
      encoder,
      routing: { rule: defaultRule.name, ...routingScale(run) },
    },
  })
  return { folder, wanted, models: bundles.map(({ key }) => key), bytes }
}
