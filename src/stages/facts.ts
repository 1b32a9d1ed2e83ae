import { asJson, type Json } from '../core/json.js'

/** What a stage states at planning time about its artefacts, for downstream stages: `{ experts: 4 }`. */
export type Facts = { readonly [name: string]: Json }

/**
 * The facts that the stages of this package exchange; each is read by its function below and nowhere else.
 */
export interface KnownFacts {
  /** Fine clusters. */
  readonly fine?: number | undefined
  readonly experts?: number | undefined
  /** Generations of the input shards, oldest first, if the run continues an earlier one. */
  readonly generations?: readonly Generation[] | undefined
  /** The caption encoder and its options. */
  readonly encoder?: EncoderFact | undefined
  /** Keys of the models that are trained. */
  readonly models?: readonly string[] | undefined
  /** All models are linear maps over one tower. */
  readonly shared_trunk?: boolean | undefined
  /** Size of a training shard. */
  readonly shard_megabytes?: number | undefined
  /** Processes that read the shards of one training set at the same time. */
  readonly shard_loaders?: number | undefined
  /** Set only if the training sets are not WebDataset tars. */
  readonly shard_format?: string | undefined
}

/**
 * What a generation of shards was planned with: sizes, and the task whose centres its rows are compared
 * with.
 */
export interface Generation {
  readonly fine: number
  readonly experts: number
  readonly centres: string
}

export interface EncoderFact {
  /** `builtin`, a folder, a URI or a name on the Hugging Face hub. */
  readonly model: string
  readonly pooling?: 'auto' | 'mean' | 'cls' | 'pooler' | 'sentence' | undefined
  readonly precision?: 'float32' | 'float16' | 'int8' | undefined
  readonly max_tokens?: number | undefined
  readonly runtime?: 'auto' | 'native' | 'wasm' | undefined
  readonly device?: 'cpu' | 'cuda' | undefined
}

/** Facts as a stage states them; members that are undefined are left out. */
export function statedFacts(known: KnownFacts): Facts {
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, asJson(value)]])),
  )
}

/** 1 if no upstream stage states it. */
export function expertsOf(facts: Facts): number {
  return numberIn(facts, 'experts') ?? 1
}

/** Number of fine clusters; `otherwise` if no upstream stage states it. */
export function fineOf(facts: Facts, otherwise = 1): number {
  return numberIn(facts, 'fine') ?? otherwise
}

/** The caption encoder of the run; the built-in one if no upstream stage states it. */
export function encoderOf(facts: Facts): EncoderFact {
  const { encoder } = facts
  return { model: 'builtin', ...(isObject(encoder) ? (encoder as Partial<EncoderFact>) : {}) }
}

/** Keys of the models that are trained; empty if none are. */
export function modelsOf(facts: Facts): readonly string[] {
  return Array.isArray(facts.models) ? facts.models.map(String) : []
}

export function sharesTrunk(facts: Facts): boolean {
  return facts.shared_trunk === true
}

export function shardMegabytesOf(facts: Facts): number | undefined {
  return numberIn(facts, 'shard_megabytes')
}

export function shardLoadersOf(facts: Facts): number {
  return numberIn(facts, 'shard_loaders') ?? 1
}

/** Undefined: WebDataset tars. */
export function shardFormatOf(facts: Facts): string | undefined {
  return typeof facts.shard_format === 'string' ? facts.shard_format : undefined
}

/** One entry per generation of shards; empty if the run does not continue an earlier one. */
export function generationsOf(facts: Facts): readonly Generation[] {
  return Array.isArray(facts.generations) ? facts.generations : []
}

/**
 * The facts as they were when shards of this generation were new, so that tasks of older shards keep their
 * fingerprints. Undefined: the current facts apply.
 */
export function factsAt(facts: Facts, generation: number): Facts | undefined {
  const all = generationsOf(facts)
  const then = all[generation]
  if (!then || generation === all.length - 1) return undefined
  const { generations: _, ...rest } = facts
  const { fine, experts } = then
  return {
    ...rest,
    ...statedFacts({
      fine,
      experts,
      generations: generation === 0 ? undefined : all.slice(0, generation + 1),
    }),
  }
}

function numberIn(facts: Facts, name: keyof KnownFacts): number | undefined {
  const value = facts[name]
  return typeof value === 'number' ? value : undefined
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
