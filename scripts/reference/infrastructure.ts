import { join } from 'node:path'
import { expressionIn, type Hcl, readModule } from '../infra/module.js'
import { generatedNote } from './note.js'

const modules = ['storage', 'identity', 'batch'] as const

/** Variables and outputs of the Terraform modules. */
export async function infrastructurePage(root: string): Promise<string> {
  const parts = await Promise.all(
    modules.map((name) => modulePart(name, join(root, 'infra/terraform/modules', name))),
  )
  return `${generatedNote}# Terraform modules

Variables and outputs of the modules in \`infra/terraform/modules\`. [The guide](../guides/aws-batch.md)
shows how to use them.

${parts.join('\n')}`
}

async function modulePart(name: string, folder: string): Promise<string> {
  const { variables, outputs, resources } = await readModule(folder)
  const taken = [...variables].map(([variable, { type, default: given, description }]) =>
    row([
      `\`${variable}\``,
      typeOf(type as Hcl),
      given === undefined ? 'required' : defaultOf(given),
      String(description),
    ]),
  )
  const given = [...outputs].map(([output, { description }]) => row([`\`${output}\``, String(description)]))
  const made = [...resources.keys()]
    .filter((address) => !address.startsWith('data.'))
    .map((address) => `\`${address}\``)
  return `## ${name}

| variable | takes | default | meaning |
|---|---|---|---|
${taken.join('\n')}

| output | meaning |
|---|---|
${given.join('\n')}

Makes ${made.join(', ')}.
`
}

function typeOf(type: Hcl): string {
  const text = (expressionIn(type) ?? String(type)).replace(/\s+/g, ' ')
  return `\`${text}\``
}

function defaultOf(given: Hcl): string {
  return given === null ? '-' : `\`${JSON.stringify(given)}\``
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
