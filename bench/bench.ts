/**
 * One benchmark: `bench/NAME.ts` exports it as `bench`, and `npm run bench -- NAME` runs it and its peers.
 */
export interface Bench {
  readonly name: string
  /** One sentence: what is compared with what. */
  readonly doc: string
  /**
   * A file in `bench/peers/` with pinned Python requirements; the set-up makes a virtual environment of it.
   */
  readonly requirements?: string | undefined
  readonly run: (context: BenchContext) => Promise<readonly Comparison[]>
}

export interface BenchContext {
  /** The peers' Python interpreter; `python3` where the bench names no requirements. */
  readonly python: string
  /** Kept between runs: generated inputs belong here. */
  readonly cache: string
  /** Empty, removed afterwards. */
  readonly scratch: string
  /** A smaller job for continuous integration. The goals stay as they are. */
  readonly quick: boolean
  /** Progress, on standard error. */
  say(line: string): void
}

export interface Comparison {
  readonly work: string
  /** `s`, `rows/s`, `MB`: of `ours` and `peer`. */
  readonly unit: string
  readonly ours: number
  /** With its version: `faiss-cpu 1.12.0`. */
  readonly peer_name: string
  readonly peer: number
  /** What `ours / peer` has to reach; leave it out where nothing is promised. */
  readonly goal?: Goal | undefined
}

export type Goal = `>= ${number}` | `<= ${number}`

export interface BenchResult extends Omit<Comparison, 'goal'> {
  /** `ours / peer`, in the same unit: above 1 is more rows a second, or more seconds. */
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
