import { Command } from 'commander'
import { invocation } from '../terminal/invocation.js'
import { jsonOption } from '../terminal/options.js'
import { print, printDocument } from '../terminal/output.js'

export function initCommand(): Command {
  return new Command('init')
    .description('create a starter folder: a commented manifest, a README and JSON Schemas for editors')
    .argument('<folder>')
    .option('--input <uri>', 'the crawl: a folder, files or a pattern (a path or an s3:// URI)')
    .addOption(jsonOption())
    .action(async (folder: string, options: { input?: string; json?: boolean }) => {
      const { writeStarterFolder } = await import('../../init/folder.js')
      const { builtinStages: stages } = await import('../../stages/builtin-stages.js')
      const { written, kept, manifest } = await writeStarterFolder(folder, options.input, stages.all)
      if (options.json) return printDocument('init', { folder, written, kept })
      for (const name of written) print(`wrote  ${name}`)
      for (const name of kept) print(`kept   ${name} (already existed)`)
      print(
        `\nNext, with the crawl where \`input.uri\` points:\n` +
          `${['validate', 'plan', 'run'].map((verb) => `  ${invocation()} ${verb} ${manifest}`).join('\n')}`,
      )
    })
}
