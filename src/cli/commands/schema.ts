import { Command } from 'commander'
import { PipelineError } from '../../core/error.js'
import { printJson } from '../terminal/output.js'

export function schemaCommand(): Command {
  return new Command('schema')
    .description('JSON Schema of manifests, or of the options of one stage, for editors and other tools')
    .argument('[stage]', 'a stage, or `profile`, or `pipeline`')
    .action(async (name: string | undefined) => {
      const { manifestSchema, pipelineSchema, profileSchema, stageSchema } =
        await import('../../manifest/fields/schema.js')
      const { didYouMean } = await import('../../manifest/check/hint.js')
      const { builtinStages: stages } = await import('../../stages/registry.js')
      if (name === undefined) return printJson(manifestSchema(stages.all))
      if (name === 'profile') return printJson(profileSchema())
      if (name === 'pipeline') return printJson(pipelineSchema())
      if (stages.has(name)) return printJson(stageSchema(stages.get(name)))
      const names = [...stages.names(), 'profile', 'pipeline']
      throw new PipelineError({
        code: 'E_UNKNOWN_STAGE',
        failure: 'usage',
        message: `there is no stage \`${name}\``,
        hint: didYouMean(name, names),
      })
    })
}
