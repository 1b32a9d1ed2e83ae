/**
 * Aborted by SIGINT or SIGTERM, so that running tasks can stop cleanly; a second signal ends the process at
 * once. What is committed stays; the exit code (75) says that running again goes on.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write('stopping: finished tasks are kept, run again to go on\n')
      controller.abort(new Error(name))
    })
  }
  return controller.signal
}
