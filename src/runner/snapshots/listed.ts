import type { Snapshot } from './snapshot.js'

/** A snapshot without its lock. */
export interface RegisteredRun {
  readonly id: string
  readonly time: string
  readonly user: string
  readonly host: string
  readonly manifest: string
  readonly name: string
  readonly lock_digest: string
  /** Nodes of the pipeline that the run covered. */
  readonly stages: readonly string[]
}

export function listed({ lock, id, time, user, host, manifest, name, lock_digest }: Snapshot): RegisteredRun {
  return { id, time, user, host, manifest, name, lock_digest, stages: lock.stages.map(({ node }) => node) }
}
