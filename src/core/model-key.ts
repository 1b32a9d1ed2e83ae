/** The models of a run, in the order in which they are told about. */
export const modelKinds = ['seed', 'dense', 'expert', 'random', 'full'] as const
export type ModelKind = (typeof modelKinds)[number]

/** Kinds of which there is one for each expert. */
export type NumberedKind = Exclude<ModelKind, 'seed' | 'dense'>

/** Name of a model in options, documents, folders of bundles and tasks: `dense`, `expert-0`, `random-12`. */
export type ModelKey = 'seed' | 'dense' | `${NumberedKind}-${number}`

export interface Model {
  readonly kind: ModelKind
  /** Of experts and baselines. */
  readonly index: number
}

export function modelKey(kind: NumberedKind, index: number): ModelKey {
  return `${kind}-${index}`
}

export function expertKey(index: number): ModelKey {
  return modelKey('expert', index)
}

/** Undefined for anything else, as the names of ensembles (`uniform`, `random-n`) and of other tasks. */
export function parseModelKey(key: string): Model | undefined {
  if (key === 'seed' || key === 'dense') return { kind: key, index: 0 }
  const [, kind, index] = /^(expert|random|full)-(0|[1-9]\d*)$/.exec(key) ?? []
  return kind === undefined ? undefined : { kind: kind as NumberedKind, index: Number(index) }
}

/** Throws a `RangeError` for what is no model's key. */
export function modelOf(key: string): Model {
  const model = parseModelKey(key)
  if (!model) throw new RangeError(`${key} is no model`)
  return model
}

/** Number of the expert; undefined for other models. */
export function expertOf(key: string): number | undefined {
  const model = parseModelKey(key)
  return model?.kind === 'expert' ? model.index : undefined
}

export function isExpert(key: string): boolean {
  return expertOf(key) !== undefined
}

/** A model without clustering that experts are compared with, apart from `dense`. */
export function isBaseline(key: string): boolean {
  const kind = parseModelKey(key)?.kind
  return kind === 'random' || kind === 'full'
}

/** Folder of an expert's training set, in the order of the numbers for the first hundred: `expert-00`. */
export function expertFolder(index: number): string {
  return `expert-${twoDigits(index)}`
}

/** Number of the expert in whose folder a file is; undefined for other files. Takes a folder too. */
export function expertOfFolder(path: string): number | undefined {
  const [, index] = /^expert-(\d{2,})(?:\/|$)/.exec(path) ?? []
  return index === undefined ? undefined : Number(index)
}

/** Folder of one random part of all pairs: `part-00`. */
export function partFolder(index: number): string {
  return `part-${twoDigits(index)}`
}

function twoDigits(index: number): string {
  return String(index).padStart(2, '0')
}
