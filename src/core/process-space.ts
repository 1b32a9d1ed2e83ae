import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { sha256 } from './digest.js'

/**
 * Names the processes among which a process id means one process. Containers and machines may share a host
 * name; on Linux the name also tells their PID namespaces and boots apart.
 */
export function processSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${hostname()}-${sha256(boot + readlinkSync('/proc/self/ns/pid')).slice(0, 8)}`
  } catch {
    return hostname()
  }
}
