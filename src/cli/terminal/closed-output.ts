import { PipelineError, renderError } from '../../core/error.js'

/**
 * Ends the process quietly, with the command's own exit code, once the reader of standard output is gone:
 * `coterie explain manifest.yaml | head`. Commands print when their work is done, so nothing is lost. A run
 * continues without a reader of its progress on standard error.
 */
export function endOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    const failure = PipelineError.from(error)
    process.stderr.write(`${renderError(failure)}\n`)
    process.exit(failure.exitCode)
  })
  process.stderr.on('error', () => {})
}
