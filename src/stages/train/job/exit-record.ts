import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `work/exit.json`; members that a third-party trainer may omit are optional. */
export interface ExitRecord {
  readonly status: 'succeeded' | 'failed' | 'interrupted'
  readonly code?: string | null
  readonly message?: string | null
  readonly hint?: string | null
  readonly samples_seen?: number
  readonly steps?: number
  readonly gpu_hours?: number
  readonly training_seconds?: number
  readonly attempts?: number
  readonly processes?: number
  readonly bad_samples?: number
  readonly loss?: { readonly first: number | null; readonly last: number | null }
  readonly versions?: { readonly [name: string]: string }
}

/** Undefined if there is no readable record. */
export async function readExitRecord(work: string): Promise<ExitRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(work, 'exit.json'), 'utf8')) as ExitRecord
    return typeof record.status === 'string' ? record : undefined
  } catch {
    return undefined
  }
}
