/**
 * Aborted by SIGINT or SIGTERM, so that running tasks can stop cleanly; a second signal ends the process
 * immediately. Committed results are kept; exit code 75 means that another run continues from them.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write('stopping; finished tasks are kept, run again to continue\n')
      controller.abort(new Error(name))
    })
  }
  return controller.signal
}
