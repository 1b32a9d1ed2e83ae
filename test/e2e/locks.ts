import { readFile } from 'node:fs/promises'
import type { Lock, LockedTask } from '../../src/planner/lock.js'

/** The tasks of one stage that a lock pins; short locks only. */
export async function loadLock(
  path: string,
  stage: string,
): Promise<{ readonly tasks: readonly LockedTask[] }> {
  const lock = JSON.parse(await readFile(path, 'utf8')) as Lock
  return { tasks: lock.stages.find((each) => each.stage === stage)!.tasks.list! }
}
