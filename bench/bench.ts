/**
 * One benchmark: `bench/NAME.ts` exports it as `bench`, and `npm run bench -- NAME` runs it and its peers.
 */
export interface Bench {
  readonly name: string
  /** What is compared with what, in one sentence. */
  readonly doc: string
  /**
   * A file in `bench/peers/` with pinned Python requirements, which are installed into a virtual environment.
   */
  readonly requirements?: string | undefined
  readonly run: (context: BenchContext) => Promise<readonly Comparison[]>
}

export interface BenchContext {
  /** The peers' Python interpreter; `python3` if the bench has no requirements. */
  readonly python: string
  /** Folder for generated inputs, kept between runs. */
  readonly cache: string
  /** Empty folder, removed afterwards. */
  readonly scratch: string
  /** Run a smaller job, for continuous integration. The goals are the same. */
  readonly quick: boolean
  /** Reports progress on standard error. */
  say(line: string): void
}

export interface Comparison {
  readonly work: string
  /** Unit of `ours` and `peer`: `s`, `rows/s`, `MB`. */
  readonly unit: string
  readonly ours: number
  /** Name and version: `faiss-cpu 1.12.0`. */
  readonly peer_name: string
  readonly peer: number
  /** Bound on `ours / peer`; undefined if there is no goal. */
  readonly goal?: Goal | undefined
}

export type Goal = `>= ${number}` | `<= ${number}`

export interface BenchResult extends Omit<Comparison, 'goal'> {
  /** `ours / peer`: above 1 means more rows per second, or more seconds. */
  readonly ratio: number
  readonly goal: Goal | null
  readonly met: boolean | null
}

export interface BenchDocument {
  readonly name: string
  readonly machine: Machine
  readonly results: readonly BenchResult[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_bytes: number
  readonly platform: string
  readonly node: string
}

export function judge(comparison: Comparison): BenchResult {
  const ratio = comparison.ours / comparison.peer
  const goal = comparison.goal ?? null
  return { ...comparison, ratio, goal, met: goal === null ? null : meets(ratio, goal) }
}

function meets(ratio: number, goal: Goal): boolean {
  const bound = Number(goal.slice(3))
  return goal.startsWith('>=') ? ratio >= bound : ratio <= bound
}
