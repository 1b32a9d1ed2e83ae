import { CommanderError } from 'commander'
import { exitCode, PipelineError, renderError } from '../../core/error.js'
import { documentPrinted, printDocument } from './output.js'

/**
 * Runs the program and turns anything it throws into an exit code and one readable message on standard error;
 * with `--json`, also into the one document on standard output. With COTERIE_DEBUG set, the stack trace
 * follows.
 */
export async function exitFor(main: () => Promise<unknown>, json = false): Promise<number> {
  try {
    await main()
    return process.exitCode === undefined ? exitCode.done : Number(process.exitCode)
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCode.done
    const error = thrown instanceof CommanderError ? usageError(thrown) : PipelineError.from(thrown)
    if (json && !documentPrinted()) printError(error)
    // Commander has already printed its own message.
    if (!(thrown instanceof CommanderError)) process.stderr.write(`${renderError(error)}\n`)
    if (process.env.COTERIE_DEBUG) console.error(thrown)
    return error.exitCode
  }
}

function usageError({ message }: CommanderError): PipelineError {
  return new PipelineError({
    code: 'E_USAGE',
    failure: 'usage',
    message: message.replace(/^error: /, '').split('\n')[0] ?? message,
  })
}

function printError(error: PipelineError): void {
  const { code, message, place, expected, found, hint, excerpt } = error
  printDocument('error', {
    error: { code, message, exit_code: error.exitCode, place, expected, found, hint, excerpt },
  })
}
