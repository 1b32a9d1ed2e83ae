import { PipelineError, renderError } from '../../core/error.js'

/**
 * Ends the process quietly, with the command's own exit code, once the reader of standard output is gone:
 * `coterie explain manifest.yaml | head`, or a closed terminal (EIO). Commands print when their work is done,
 * so nothing is lost. A run continues without a reader of its progress on standard error. Output that cannot
 * be written for another reason is an error of one line; the exit code of a command that failed remains.
 */
export function endOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') process.exit()
    const failure = new PipelineError({
      code: 'E_OUTPUT',
      message: `the output cannot be written (${error.message})`,
      place: 'standard output',
    })
    process.stderr.write(`${renderError(failure)}\n`)
    process.exit(process.exitCode || failure.exitCode)
  })
  process.stderr.on('error', () => {})
}
