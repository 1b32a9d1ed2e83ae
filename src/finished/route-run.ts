import { centreSets, readCentres } from '../artefacts/centres.js'
import { routeNames, type RoutedNames } from '../ensemble/route-names.js'
import type { Rule } from '../routing/rules.js'
import type { FinishedRun } from '../runner/finished-run.js'
import { encoderOf } from '../stages/facts.js'
import { Centres } from '../stages/kinds.js'
import { routingScale } from './routing-scale.js'

/** Routes class names with the encoder and the newest centres of a run, all experts present. */
export async function routeRun(
  run: FinishedRun,
  names: readonly string[],
  choice: { readonly rule: Rule; readonly templates: readonly string[] },
): Promise<RoutedNames> {
  const newest = (await run.artefacts(Centres)).at(-1)!
  return routeNames(names, {
    ...choice,
    ...routingScale(run),
    centres: centreSets(await readCentres(newest)),
    encoder: encoderOf(run.facts(Centres)),
    remote: run.storage,
  })
}
