import { Command, Option } from 'commander'
import { exitCode } from '../../core/error.js'
import { ruleNames, type Rule } from '../../routing/rules.js'
import { jsonOption, positiveInteger } from '../terminal/options.js'
import { print, printDocument, table, warn } from '../terminal/output.js'

interface ClassifyFlags {
  readonly ensemble: string
  readonly classes: string
  readonly template: readonly string[]
  readonly routingTemplate: readonly string[]
  readonly rule?: Rule
  readonly top: number
  readonly json?: boolean
}

const collect = (value: string, all: readonly string[]) => [...all, value]

export function classifyCommand(): Command {
  return new Command('classify')
    .description('classify images with the experts, routed by the class names')
    .argument('<images...>', 'image files')
    .requiredOption('--ensemble <folder>', 'folder written by `coterie export`')
    .requiredOption('--classes <file>', 'class names, one per line, or a JSON list')
    .addOption(
      new Option('--template <text>', 'prompt with {} in place of the class name (repeatable)')
        .default([], 'none')
        .argParser(collect),
    )
    .addOption(
      new Option('--routing-template <text>', 'prompt used for routing only (repeatable)')
        .default([], 'none')
        .argParser(collect),
    )
    .addOption(new Option('--rule <rule>', 'routing rule (default: that of the folder)').choices(ruleNames))
    .addOption(new Option('--top <n>', 'classes to show per image').default(3).argParser(positiveInteger))
    .addOption(jsonOption())
    .action(async (images: string[], flags: ClassifyFlags) => {
      const { classifyFiles } = await import('../../ensemble/classify-files.js')
      const { readClasses, repeatedLine } = await import('../../ensemble/read-classes.js')
      const classes = await readClasses(flags.classes)
      const repeated = repeatedLine(classes, flags.classes)
      if (repeated !== undefined) warn(repeated)
      const unlessEmpty = (list: readonly string[]) => (list.length > 0 ? list : undefined)
      const found = await classifyFiles(flags.ensemble, images, classes.names, {
        templates: unlessEmpty(flags.template),
        routing_templates: unlessEmpty(flags.routingTemplate),
        rule: flags.rule,
        top: flags.top,
      })
      if (found.images.some(({ error }) => error !== undefined)) process.exitCode = exitCode.stage
      if (flags.json) return printDocument('classify', found)
      print(
        table(
          [{ title: 'image' }, { title: 'class' }],
          found.images.map(({ image, classes: top, error }) => [
            image,
            error ?? top.map(({ name, score }) => `${name} (${score.toFixed(3)})`).join(', '),
          ]),
        ),
      )
      const { rule, weights, entropy } = found.routing
      print(
        `\n${found.present.length} of ${found.experts} experts; ${rule} rule, ` +
          `weights ${weights.map((weight) => weight.toFixed(2)).join(' ')}, ` +
          `entropy ${entropy.toFixed(2)}`,
      )
    })
}
