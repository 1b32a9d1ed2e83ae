import { hostname, userInfo } from 'node:os'

/** User and host of this process. A user without an entry in the system's list is named by number. */
export function whoami(): { readonly user: string; readonly host: string } {
  return { user: userName(), host: hostname() }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
