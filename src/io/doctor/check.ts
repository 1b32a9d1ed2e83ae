import { PipelineError } from '../../core/error.js'

/** One check of a doctor command. Plain data: `--json` prints it unchanged. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** The finding, in one line. */
  readonly found: string
}

export interface Diagnosis {
  readonly ok: boolean
  readonly checks: readonly Check[]
}

/** Runs one check; an error becomes a failed check. */
export async function check(
  name: string,
  run: () => Promise<{ ok: boolean; found: string }>,
): Promise<Check> {
  try {
    return { name, ...(await run()) }
  } catch (thrown) {
    const error = PipelineError.from(thrown)
    return {
      name,
      ok: false,
      found: [`${error.code}: ${error.message}`, error.found, error.hint].filter(Boolean).join('; '),
    }
  }
}

export function diagnosis(checks: readonly Check[]): Diagnosis {
  return { ok: checks.every(({ ok }) => ok), checks }
}
