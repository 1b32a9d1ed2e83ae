import { anyJson, list, map, number, object, oneOf, optional, text, type Shape } from '../../core/shape.js'
import type { Lock, LockedInput, LockedList, LockedStage, LockedTask } from '../../planner/lock.js'

function lockedList<T>(of: Shape<T>) {
  return { count: number, digest: text, list: optional(list(of)), stored_at: optional(text) }
}

const input: Shape<LockedInput> = object({
  uri: text,
  size: number,
  identity: text,
  sha256: optional(text),
  generation: optional(number),
})

const task: Shape<LockedTask> = object({ key: text, fingerprint: text, root: text })

const stage: Shape<LockedStage> = object({
  node: text,
  stage: text,
  fingerprint: text,
  pinned: map(anyJson),
  root: text,
  rows_in: number,
  rows_out: number,
  dropped: map(number),
  files: number,
  bytes: number,
  tasks: object<LockedList<LockedTask>>(lockedList(task)),
})

export const lockShape: Shape<Lock> = object({
  lock: oneOf(1),
  manifest: text,
  until: optional(text),
  inputs: object<Lock['inputs']>({ ...lockedList(input), bytes: number }),
  stages: list(stage),
})
