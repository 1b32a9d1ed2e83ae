import { InvalidArgumentError, Option } from 'commander'

/** Options that several commands share. */

export const jsonOption = () => new Option('--json', 'print one JSON document')
export const profileOption = () =>
  new Option('--profile <name>', 'profile (name or file): where and how tasks run')
/** For commands that run nothing on a scheduler. */
export const storeProfileOption = () =>
  new Option('--profile <name>', 'profile (name or file) with the settings of the store')
export const trustOption = () =>
  new Option('--trust', 'load the plugins that the manifest names; their code runs with your permissions')
export const storeOption = () =>
  new Option('--store <uri>', "folder or s3:// prefix for results; overrides the manifest's")
export const setOption = () =>
  new Option('--set <stage.option=value>', 'override an option (repeatable)')
    .default([] as string[], 'none')
    .argParser((value: string, list: string[]) => [...list, value])
export const idOption = () =>
  new Option('--id <id>', 'the submission that is meant, whoever made it (repeatable)')
    .default([] as string[], 'those of this manifest, user and host')
    .argParser((value: string, list: string[]) => [...list, value])
export const untilOption = () =>
  new Option('--until <stage>', 'include only this stage and the stages it needs')
export const lockOption = () =>
  new Option('--lock <file>', 'lock file (default: next to the manifest, one for each --set and --until)')
export const workersOption = () =>
  new Option('--workers <n>', 'number of worker processes (default: one per core)').argParser(positiveInteger)

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected an integer of at least 1.')
  return value
}

export function nonNegativeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Expected an integer of at least 0.')
  return value
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('Expected a number of at least 0.')
  return value
}
