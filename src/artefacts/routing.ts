import { list, nullable, number, object, oneOf, text, textThat, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import type { RoutedClass, RoutedRule } from '../routing/describe.js'
import { ruleNames, type Rule } from '../routing/rules.js'
import type { RoutingWarning } from '../routing/warnings.js'
import { putPretty, type DocumentSink } from './document.js'

/** `routing.json`: how each routing rule weighed the experts. Members are added but never renamed. */
export interface Routing {
  readonly version: 1
  readonly experts: number
  readonly tasks: readonly RoutedTask[]
}

export interface RoutedTask {
  readonly task: string
  /**
   * `classes`: all class names together; `corpus`: all captions together (image → text); `queries`: one by
   * one (text → image).
   */
  readonly direction: 'classes' | 'corpus' | 'queries'
  readonly rules: readonly RoutedRule[]
  /** At most 200 classes (or captions), in the order of the task; null for `queries`. */
  readonly classes: readonly RoutedClass[] | null
  /** `affinity_low`, `uniform`, `style_confound`: with a message that says what to try. */
  readonly warnings: readonly RoutingWarning[]
  /** τ of the per-class rule: given, or chosen on validation rows. */
  readonly temperature: number
}

/** A built-in rule, or a plugin's. */
export const ruleName: Shape<Rule> = textThat(
  `${ruleNames.join(', ')} or plugin:rule`,
  (name) => (ruleNames as readonly string[]).includes(name) || /^[^:]+:[^:]+$/.test(name),
)

export const routing: Shape<Routing> = object({
  version: oneOf(1),
  experts: number,
  tasks: list(
    object<RoutedTask>({
      task: text,
      direction: oneOf('classes', 'corpus', 'queries'),
      rules: list(
        object<RoutedRule>({ rule: ruleName, weights: list(number), entropy: number, mean_affinity: number }),
      ),
      classes: nullable(
        list(
          object<RoutedClass>({
            name: text,
            fine: number,
            expert: number,
            distance: number,
            affinity: number,
          }),
        ),
      ),
      warnings: list(
        object<RoutingWarning>({
          code: oneOf('affinity_low', 'uniform', 'style_confound'),
          rule: nullable(text),
          message: text,
        }),
      ),
      temperature: number,
    }),
  ),
})

export const routingName = 'routing.json'

export function writeRouting(out: DocumentSink, document: Routing): Promise<void> {
  return putPretty(out, routingName, document)
}

export async function readRouting(files: Files): Promise<Routing> {
  return readJsonOf(files, routingName, routing)
}
