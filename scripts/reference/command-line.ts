import type { Command, Option } from 'commander'
import { exitCode } from '../../src/core/error.js'
import { generatedNote } from './note.js'

const meanings: Record<keyof typeof exitCode, string> = {
  done: 'done',
  usage: 'the command line was wrong',
  manifest: 'the manifest, pipeline or profile has mistakes',
  stage: 'a stage failed; running again without a change will fail again',
  executor: 'the tasks could not be run: the scheduler or a native library failed',
  check: 'a check failed: `verify`, `doctor`, `run --frozen`',
  retry: 'stopped, or a temporary problem: run again',
}

export function commandLinePage(program: Command): string {
  const commands = program.commands.filter((command) => !hidden(command)).map(section)
  const codes = Object.entries(exitCode).map(
    ([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCode]} |`,
  )
  return `${generatedNote}# Command line

In a checkout \`npm run -s coterie -- ARGS\`; installed, \`coterie ARGS\`. Results go to standard output,
everything else to standard error.

${commands.join('\n\n')}

## Exit codes

| code | meaning |
|---|---|
${codes.join('\n')}
`
}

function section(command: Command): string {
  const options = command.options.filter((option) => !option.hidden).map(row)
  const table = options.length === 0 ? '' : `\n\n| option | meaning |\n|---|---|\n${options.join('\n')}`
  return (
    `## ${command.name()}\n\n\`${`coterie ${command.name()} ${usage(command)}`.trim()}\`\n\n` +
    `${sentence(command.description())}${table}`
  )
}

function usage(command: Command): string {
  return command
    .usage()
    .replace('[options] ', '')
    .replace(/^\[options\]$/, '')
    .trim()
}

function row(option: Option): string {
  const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : ''
  return `| \`${option.flags}\` | ${option.description.replaceAll('|', '\\|')}${choices} |`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

function hidden(command: Command): boolean {
  return (command as unknown as { _hidden?: boolean })._hidden === true
}
