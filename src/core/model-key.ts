/** The models of a run, in the order in which they are reported. */
export const modelKinds = ['seed', 'dense', 'expert', 'random', 'full'] as const
export type ModelKind = (typeof modelKinds)[number]

/** Kinds with one model per expert. */
export type NumberedKind = Exclude<ModelKind, 'seed' | 'dense'>

/** Name of a model in options, documents, folders of bundles and tasks: `dense`, `expert-0`, `random-12`. */
export type ModelKey = 'seed' | 'dense' | `${NumberedKind}-${number}`

export interface Model {
  readonly kind: ModelKind
  /** Index of an expert or baseline; otherwise 0. */
  readonly index: number
}

export function modelKey(kind: NumberedKind, index: number): ModelKey {
  return `${kind}-${index}`
}

export function expertKey(index: number): ModelKey {
  return modelKey('expert', index)
}

/** Returns undefined for other names, such as ensembles (`uniform`, `random-n`) and other tasks. */
export function parseModelKey(key: string): Model | undefined {
  if (key === 'seed' || key === 'dense') return { kind: key, index: 0 }
  const [, kind, index] = /^(expert|random|full)-(0|[1-9]\d*)$/.exec(key) ?? []
  return kind === undefined ? undefined : { kind: kind as NumberedKind, index: Number(index) }
}

/** Throws a `RangeError` if `key` is not that of a model. */
export function modelOf(key: string): Model {
  const model = parseModelKey(key)
  if (!model) throw new RangeError(`${key} is not a model`)
  return model
}

/** Index of the expert; undefined for other models. */
export function expertOf(key: string): number | undefined {
  const model = parseModelKey(key)
  return model?.kind === 'expert' ? model.index : undefined
}

export function isExpert(key: string): boolean {
  return expertOf(key) !== undefined
}

/** A baseline without clustering that experts are compared with, other than `dense`. */
export function isBaseline(key: string): boolean {
  const kind = parseModelKey(key)?.kind
  return kind === 'random' || kind === 'full'
}

/** Folder of an expert's training set, such as `expert-00`: sorts by index up to 99. */
export function expertFolder(index: number): string {
  return `expert-${twoDigits(index)}`
}

/** Index of the expert whose folder a path is or is in; undefined for other paths. */
export function expertOfFolder(path: string): number | undefined {
  const [, index] = /^expert-(\d{2,})(?:\/|$)/.exec(path) ?? []
  return index === undefined ? undefined : Number(index)
}

/** Folder of one random part of all pairs, such as `part-00`. */
export function partFolder(index: number): string {
  return `part-${twoDigits(index)}`
}

function twoDigits(index: number): string {
  return String(index).padStart(2, '0')
}
