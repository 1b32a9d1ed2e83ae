import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The user's home folder. A user without one (containers that run under a bare number have neither HOME nor
 * an entry in the system's list) has a folder of that number in the temporary folder.
 */
export function homeFolder(): string {
  try {
    return homedir()
  } catch {
    return join(tmpdir(), `coterie-uid-${process.getuid?.() ?? 'unknown'}`)
  }
}
