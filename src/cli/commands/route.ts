import { expertKey } from '../../core/model-key.js'
import { Argument, Command, Option } from 'commander'
import type { Rule } from '../../routing/rules.js'
import { ruleOption } from '../terminal/rule-option.js'
import {
  jsonOption,
  storeProfileOption,
  setOption,
  storeOption,
  trustOption,
  untilOption,
  lockOption,
} from '../terminal/options.js'
import { print, printDocument, table, warn } from '../terminal/output.js'

interface RouteFlags {
  readonly classes: string
  readonly rule: Rule
  readonly template: readonly string[]
  readonly profile?: string
  readonly trust?: boolean
  readonly store?: string
  readonly set: string[]
  readonly until?: string
  readonly lock?: string
  readonly json?: boolean
}

export function routeCommand(): Command {
  return new Command('route')
    .description(
      'show how class names are routed: the weight of each expert, the classes behind it, and the entropy',
    )
    .addArgument(new Argument('<manifest>'))
    .requiredOption('--classes <file>', 'class names, one per line, or a JSON list')
    .addOption(ruleOption())
    .addOption(
      new Option('--template <text>', 'prompt with {} in place of the class name (repeatable)')
        .default([], 'none')
        .argParser((value: string, all: string[]) => [...all, value]),
    )
    .addOption(storeProfileOption())
    .addOption(trustOption())
    .addOption(storeOption())
    .addOption(setOption())
    .addOption(untilOption())
    .addOption(lockOption())
    .addOption(jsonOption())
    .action(async (manifest: string, { classes, rule, template, json, ...options }: RouteFlags) => {
      const { openFinished } = await import('../../runner/locate.js')
      const { readClasses, repeatedLine } = await import('../../ensemble/read-classes.js')
      const { routeRun } = await import('../../finished/route-run.js')
      const list = await readClasses(classes)
      const repeated = repeatedLine(list, classes)
      if (repeated !== undefined) warn(repeated)
      const run = await openFinished(manifest, options)
      const routed = await routeRun(run, list.names, { rule, templates: template })
      if (json) return printDocument('route', routed)
      print(
        table(
          [
            { title: 'expert' },
            { title: 'weight', align: 'right' },
            { title: 'classes', align: 'right' },
            { title: 'closest classes (distance)' },
          ],
          routed.weights.map((weight, expert) => {
            const own = routed.classes
              .filter((each) => each.expert === expert)
              .toSorted((a, b) => a.distance - b.distance)
            return [
              expertKey(expert),
              weight.toFixed(3),
              String(own.length),
              own
                .slice(0, 6)
                .map(({ name, distance }) => `${name} (${distance.toFixed(2)})`)
                .join(', '),
            ]
          }),
        ),
      )
      print(
        `\nrule ${routed.rule}, entropy ${routed.entropy.toFixed(3)} (0: one expert, 1: uniform), ` +
          `mean affinity ${routed.mean_affinity.toFixed(3)}`,
      )
      for (const { message } of routed.warnings) print(`warning: ${message}`)
    })
}
