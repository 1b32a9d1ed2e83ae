import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { sha256 } from '../core/digest.js'
import { whoami } from '../core/who.js'

/** Who ran which manifest. */
export interface RunBy {
  readonly user: string
  readonly host: string
  /** Absolute path on that host. */
  readonly manifest: string
}

/**
 * Who runs this manifest. Links are resolved: the working directory has none, and the same manifest must
 * have the same path however it is named.
 */
export async function runBy(path: string): Promise<RunBy> {
  return { ...whoami(), manifest: await realpath(path).catch(() => resolve(path)) }
}

/** Names what belongs to one manifest and one user, on any host. */
export function keyOfManifest({ manifest, user }: Pick<RunBy, 'manifest' | 'user'>): string {
  return sha256(JSON.stringify([manifest, user])).slice(0, 16)
}
