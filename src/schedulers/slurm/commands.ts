import { spawn } from 'node:child_process'
import { schedulerUnreachable } from '../errors.js'

export interface CommandResult {
  readonly code: number
  readonly output: string
  readonly error: string
  /** Whether it was killed: because it took too long, or by somebody's signal. */
  readonly killed: boolean
}

/** Runs a command of Slurm. Replaced in tests. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: { readonly input?: string | undefined },
) => Promise<CommandResult>

/** How to reach the controller, as opposed to defaults of options. */
const kept = new Set(['SLURM_CONF', 'SLURM_JWT'])

/**
 * Variables of Slurm that the caller has set, or a job that runs this process, would change jobs and answers
 * behind the back of the profile.
 */
export function withoutDefaults(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => kept.has(name) || !/^(?:SBATCH|SQUEUE|SCANCEL|SCONTROL|SACCT|SLURM)_/.test(name),
    ),
  )
}

export function commandRunner(timeoutSeconds: number): RunCommand {
  return (program, args, options = {}) =>
    new Promise((resolve, reject) => {
      // Without SLURM_BITSTR_LEN, ids of an array would be truncated to 64 characters.
      const child = spawn(program, args, {
        env: { ...withoutDefaults(process.env), SLURM_BITSTR_LEN: '0', SLURM_TIME_FORMAT: '%s', LC_ALL: 'C' },
        stdio: ['pipe', 'pipe', 'pipe'],
        // Ctrl-C and a closed terminal must not end it between its request and the answer.
        detached: true,
      })
      const output: Buffer[] = []
      const error: Buffer[] = []
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000)
      child.stdout.on('data', (piece: Buffer) => output.push(piece))
      child.stderr.on('data', (piece: Buffer) => error.push(piece))
      child.on('error', (cause) => {
        clearTimeout(timer)
        reject(schedulerUnreachable('Slurm', `${program} cannot be run here: ${cause.message}`))
      })
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        resolve({
          code: code ?? 1,
          output: Buffer.concat(output).toString(),
          error: Buffer.concat(error).toString(),
          killed: signal !== null,
        })
      })
      child.stdin.on('error', () => {})
      child.stdin.end(options.input ?? '')
    })
}

const unreachablePatterns = [
  /Unable to contact slurm controller/i,
  /Unable to establish configuration source/i,
  /Connection refused/i,
]

const responseLostPatterns = [
  /Socket timed out/i,
  /Zero Bytes were transmitted/i,
  /Connection reset/i,
  /Transport endpoint/i,
  /Broken pipe/i,
  /Message (send|receive) failure/i,
]

/** The request did not reach the controller, so nothing was accepted. */
export function neverReached({ error }: CommandResult): boolean {
  return unreachablePatterns.some((pattern) => pattern.test(error))
}

/** The controller may have processed the request, but its response was lost. */
export function responseLost({ error, killed, code }: CommandResult): boolean {
  return killed || (code !== 0 && responseLostPatterns.some((pattern) => pattern.test(error)))
}
