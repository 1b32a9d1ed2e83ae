import { InvalidArgumentError, Option } from 'commander'

/** Options that several commands share, declared once so that they read and behave alike. */

export const jsonOption = () => new Option('--json', 'one JSON document on standard output')
export const profileOption = () =>
  new Option('--profile <name>', 'where and how tasks run: a profile name or file')
export const trustOption = () =>
  new Option('--trust', 'load the plugins that the manifest names: code that then runs with your rights')
export const storeOption = () =>
  new Option('--store <uri>', "folder or s3:// prefix for results, instead of the manifest's")
export const setOption = () =>
  new Option('--set <stage.option=value>', 'override an option; may be repeated')
    .default([] as string[], 'none')
    .argParser((value: string, list: string[]) => [...list, value])
export const untilOption = () => new Option('--until <stage>', 'only what this stage needs, itself included')
export const workersOption = () =>
  new Option('--workers <n>', 'worker processes, instead of one a core').argParser(positiveInteger)

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number from 1 up.')
  return value
}

export function nonNegativeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Expected a whole number from 0 up.')
  return value
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('Expected a number from 0 up.')
  return value
}
