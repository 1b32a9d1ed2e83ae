import { CommanderError } from 'commander'
import { exitCode, PipelineError, renderError } from '../../core/error.js'

/**
 * Runs the program and turns anything it throws into an exit code and one readable message on standard error.
 * With COTERIE_DEBUG set, the stack trace follows.
 */
export async function exitFor(main: () => Promise<unknown>): Promise<number> {
  try {
    await main()
    return process.exitCode === undefined ? exitCode.done : Number(process.exitCode)
  } catch (thrown) {
    // Commander has already printed its own message.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCode.done : exitCode.usage
    const error = PipelineError.from(thrown)
    process.stderr.write(`${renderError(error)}\n`)
    if (process.env.COTERIE_DEBUG) console.error(thrown)
    return error.exitCode
  }
}
