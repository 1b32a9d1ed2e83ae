import { digestOfJson } from '../core/digest.js'
import type { Json } from '../core/json.js'
import { namedOptions } from '../core/named-options.js'
import type { AnyStage } from '../stages/define.js'
import type { Entry } from './fingerprint.js'
import { entryName } from './option-entries.js'
import type { Task } from './types.js'

/**
 * What an adoption key is made from: two tasks with equal keys have equal results. Unlike a fingerprint,
 * which names the tasks that a task takes from, it holds what these produced; and options that do nothing
 * are left out.
 */
export interface KeyParts {
  /** Digest of what is known before any task has run; see `settingsDigest`. */
  readonly settings: string
  /** Digests of what the task reads, in order: by port, and under `after` that of its own stage. */
  readonly reads: { readonly [port: string]: readonly string[] }
}

/** SHA-256, hex. */
export function adoptionKey({ settings, reads }: KeyParts): string {
  const ports = Object.entries(reads).filter(([, digests]) => digests.length > 0)
  return digestOfJson([settings, Object.fromEntries(ports)])
}

/**
 * Digest of everything that decides a task's result apart from the results that it takes: the entries of
 * its fingerprint without those of options that do nothing and of facts that are not read, and its splits.
 * `idle` are the names of the entries that are left out.
 */
export function settingsDigest(
  entries: readonly Entry[],
  split_ids: readonly string[],
  idle: readonly string[],
  stage: AnyStage,
): string {
  const unused = new Set([...idle, ...unreadFacts(stage, entries)])
  const left = entries.filter(({ name }) => !isOfInputs(name) && !unused.has(name))
  const named = left.map(({ name, value }): Json => [name, value])
  return digestOfJson([named, split_ids, idle])
}

/** Entries that name the tasks that a task takes from. */
function isOfInputs(name: string): boolean {
  return name === 'after' || name.startsWith('takes ')
}

/** Names of the entries of facts that the tasks of a stage do not read. */
export function unreadFacts({ reads_facts }: AnyStage, entries: readonly Entry[]): string[] {
  const read = reads_facts && new Set(reads_facts.map((name) => `${factPrefix}${name}`))
  return read
    ? entries.flatMap(({ name }) => (name.startsWith(factPrefix) && !read.has(name) ? [name] : []))
    : []
}

export const factPrefix = 'fact '

/** Names of the entries of the options that do nothing in this task, sorted. */
export function idleEntries(stage: AnyStage, task: Pick<Task, 'kind' | 'params' | 'options'>): string[] {
  const bound = stage.bind(task.options as { readonly [option: string]: unknown })
  const idle = new Set(bound.idle({ kind: task.kind, params: task.params ?? undefined }))
  return namedOptions(stage.options)
    .filter(({ path }) => idle.has(path.join('.')))
    .map((option) => entryName(stage, option))
    .sort()
}
