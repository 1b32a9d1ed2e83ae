import { Command } from 'commander'
import { PipelineError } from '../../core/error.js'
import { printJson } from '../terminal/output.js'

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print a JSON Schema for editors and other tools (default: of manifests)')
    .argument('[stage]', 'a stage, `profile` or `pipeline`')
    .option('--output <command>', 'print the schema of the --json document of this command')
    .action(async (name: string | undefined, { output }: { output?: string }) => {
      if (output !== undefined) return printJson(await outputSchema(output))
      const { manifestSchema, pipelineSchema, profileSchema, stageSchema } =
        await import('../../manifest/fields/schema.js')
      const { didYouMean } = await import('../../manifest/check/hint.js')
      const { builtinStages: stages } = await import('../../stages/builtin-stages.js')
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

/** Throws `E_UNKNOWN_COMMAND`. */
async function outputSchema(command: string): Promise<unknown> {
  const { readFile, readdir } = await import('node:fs/promises')
  const { packagePath } = await import('../../core/package-path.js')
  const ending = '.schema.json'
  const known = (await readdir(packagePath('schema', 'output'))).map((name) => name.slice(0, -ending.length))
  if (known.includes(command))
    return JSON.parse(await readFile(packagePath('schema', 'output', `${command}${ending}`), 'utf8'))
  const { didYouMean } = await import('../../manifest/check/hint.js')
  throw new PipelineError({
    code: 'E_UNKNOWN_COMMAND',
    failure: 'usage',
    message: `no command \`${command}\` has a --json document`,
    hint: didYouMean(command, known),
  })
}
