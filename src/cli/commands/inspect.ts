import { Argument, Command, Option } from 'commander'
import type { Inspection } from '../../io/inspect/inspection.js'
import { jsonOption, positiveInteger } from '../terminal/options.js'
import { count, print, printDocument, table } from '../terminal/output.js'

const maxCellWidth = 60

interface InspectFlags {
  readonly limit: number
  readonly json?: boolean
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('show what is in a parquet file, tar, .npy, Arrow file, JSON file or artefact folder')
    .addArgument(new Argument('<uri>', 'a path or an s3:// URI; the format is detected'))
    .addOption(new Option('--limit <n>', 'rows to show').default(5).argParser(positiveInteger))
    .addOption(jsonOption())
    .action(async (uri: string, { limit, json }: InspectFlags) => {
      const { inspect } = await import('../../io/inspect/inspect.js')
      const found = await inspect(uri, { limit })
      if (json) printDocument('inspect', found)
      else print(inspectionText(uri, found))
    })
}

function inspectionText(uri: string, { kind, rows, columns, sample }: Inspection): string {
  const lines = [`${uri}: ${kind}, ${count(rows)} ${rows === 1 ? 'row' : 'rows'}`, '']
  if (kind === 'artefact' || kind === 'folder') {
    const names = columns.map(({ name }) => name).filter((name) => name !== 'sha256')
    return [
      ...lines,
      table(
        names.map((title) => ({
          title,
          ...(title === 'size' || title === 'rows' ? { align: 'right' as const } : {}),
        })),
        sample.map((row) => names.map((name) => cell(row[name]))),
      ),
    ].join('\n')
  }
  lines.push(
    table(
      [{ title: 'column' }, { title: 'type' }],
      columns.map(({ name, type }) => [name, type]),
    ),
  )
  sample.forEach((row, i) => {
    lines.push('', `row ${i}`)
    for (const [name, value] of Object.entries(row)) lines.push(`  ${name}: ${cell(value)}`)
  })
  return lines.join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\p{Cc}+/gu, ' ')
  const letters = [...text]
  return letters.length > maxCellWidth ? `${letters.slice(0, maxCellWidth - 1).join('')}…` : text
}
