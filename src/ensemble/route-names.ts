import { openEncoderFolder, type Remote } from '../io/encoder-files.js'
import type { EncoderOptions } from '../math/encoder/encoder.js'
import { openEncoder } from '../math/encoder/open.js'
import { describeRule, describeTexts, type RoutedClass, type RoutedRule } from '../routing/describe.js'
import { distancesTo, type CentreSets } from '../routing/distances.js'
import { ruleNamed } from '../routing/registry.js'
import type { Scale } from '../routing/rule.js'
import type { Rule } from '../routing/rules.js'
import { ruleWarnings, styleWarnings, type RoutingWarning } from '../routing/warnings.js'
import { weighTogether } from '../routing/weigh.js'
import { neutralTemplate, overTemplates } from './over-templates.js'

/** Output of `coterie route --json`. */
export interface RoutedNames extends RoutedRule {
  readonly classes: readonly RoutedClass[]
  readonly warnings: readonly RoutingWarning[]
}

export interface RouteRequest extends Scale {
  readonly rule: Rule
  /** Phrases with `{}` in place of the name; empty: the bare names. */
  readonly templates: readonly string[]
  readonly centres: CentreSets
  /** The encoder that made the centres. */
  readonly encoder: EncoderOptions & { readonly model: string }
  /** For an encoder that is not on this machine. */
  readonly remote: Remote
}

/** Routes class names with the run's own encoder and centres, all experts present. */
export async function routeNames(
  names: readonly string[],
  { rule: name, templates, centres, encoder: given, remote, ...scale }: RouteRequest,
): Promise<RoutedNames> {
  const rule = ruleNamed(name)
  const { model, ...options } = given
  const encoder = await openEncoder(model, (folder) => openEncoderFolder(folder, remote), {
    ...options,
    threads: 2,
  })
  const embed = async (filled: readonly string[]) => (await encoder.embed(filled)).vectors
  const vectors = await overTemplates(names, templates.length > 0 ? templates : ['{}'], embed)
  const neutralVectors = await overTemplates(names, [neutralTemplate], embed)
  await encoder.close()
  const present = Array.from({ length: centres.fine.expert_count }, (_, expert) => expert)
  const distances = distancesTo(centres, vectors, present)
  const neutral = distancesTo(centres, neutralVectors, present)
  const described = describeRule(rule, weighTogether(rule, distances, scale))
  return {
    ...described,
    classes: describeTexts(names, distances, [rule], scale, names.length),
    warnings: [...ruleWarnings(rule, described), ...styleWarnings(distances.fine, neutral.fine)],
  }
}
