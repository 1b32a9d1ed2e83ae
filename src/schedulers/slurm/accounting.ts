import type { ElementState } from '../scheduler.js'
import { stateOf } from './queue.js'

export const accountingFormat = 'JobID,State,ExitCode'

/**
 * `sacct -X -n -P`: one line per job or element, `1234_5|FAILED|4:0`. Lines of elements that never started
 * (`1234_[6-9]`) are skipped: the queue knows them better.
 */
export function parseAccounting(
  output: string,
): { readonly job: string; readonly index: number; readonly state: ElementState }[] {
  return output.split('\n').flatMap((line) => {
    const [id, state, exit] = line.trim().split('|')
    const found = /^(\d+)(?:_(\d+))?$/.exec(id ?? '')
    if (!found || state === undefined) return []
    const [code, signal] = (exit ?? '').split(':').map(Number)
    const parsed = stateOf(state)
    // Slurm reports a job that was killed from outside as FAILED 0:9.
    const killed = parsed.cause === 'exit' && code === 0 && signal === 9
    return [
      {
        job: found[1] as string,
        index: Number(found[2] ?? 0),
        state: {
          ...parsed,
          ...(killed ? { cause: 'signal' as const } : {}),
          ...(code === undefined || Number.isNaN(code) ? {} : { exit_code: code }),
        },
      },
    ]
  })
}
