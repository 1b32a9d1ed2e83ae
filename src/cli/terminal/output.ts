import { styleText } from 'node:util'
import type { Documents } from '../json-documents.js'
import { maxOf } from '../../core/extremes.js'

/** Standard output is for results only. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}

let printed = false

/** Prints what `--json` asks a command for: one document, and nothing else, on standard output. */
export function printDocument<C extends keyof Documents>(_command: C, document: Documents[C]): void {
  printed = true
  printJson(document)
}

/** Whether the command has printed its document. */
export const documentPrinted = (): boolean => printed

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** On standard error, so that it is seen with `--json` too. */
export function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`)
}

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Pads columns to their widest cell; the last one is not padded. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    maxOf([column.title.length, ...rows.map((row) => (row[index] ?? '').length)], 0),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) =>
        columns[index]?.align === 'right'
          ? cell.padStart(widths[index] ?? 0)
          : index === columns.length - 1
            ? cell
            : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [bold(line(columns.map((column) => column.title))), ...rows.map(line)].join('\n')
}

/** Bold if standard output is a terminal and NO_COLOR is not set. */
export function bold(text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText('bold', text) : text
}

export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')

/** `4.10 USD`, `1,234 USD`; `-` for no price. */
export function money(value: number | null, currency: string): string {
  return value === null ? '-' : `${value < 100 ? value.toFixed(2) : count(value)} ${currency}`
}

/** `1.4 GB`, decimal units. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let scaled = value
  let unit = 0
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000
    unit += 1
  }
  return `${unit === 0 ? scaled : scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[unit]}`
}

/** `850 ms`, `12 s`, `3 min 20 s`, `5 h 12 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

export { shellWord as quoted } from '../../core/shell-word.js'
