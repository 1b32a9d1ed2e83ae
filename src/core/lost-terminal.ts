import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Lets this process outlive its terminal: it goes on after SIGHUP. When Node exits, it restores the settings
 * of its terminals, and aborts if they are gone, whatever its exit code was: /dev/null takes their place.
 */
export function outliveTerminal(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
  process.on('SIGHUP', () => {})
  process.on('exit', () => {
    for (const descriptor of terminals) {
      if (isatty(descriptor)) continue
      closeSync(descriptor)
      // The lowest free descriptor is the one that was just closed.
      openSync('/dev/null', 'r+')
    }
  })
}
