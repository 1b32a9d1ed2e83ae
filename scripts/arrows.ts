/**
 * The rooms of `src/` and the arrows between them: what the files of each room hold, and what they may The
 * rooms of `src/` and the arrows between them: the content of each room, and what it may import.
 * `test/architecture.test.ts` checks the sources against this list, and `npm run gen` writes the table of
 * docs/architecture.md from it.
 */

export interface Room {
  /** The files, from `src/`, as a pattern (see `matches`). The first room that matches a file counts. */
  readonly room: string
  /** One line for the table. */
  readonly holds: string
  /** What its files may import from `src/`: patterns, `own` for the stage's own folder, `everything`. */
  readonly may: readonly string[]
  /** What else they may import, but only with `import type`. */
  readonly types?: readonly string[]
}

export const rooms: readonly Room[] = [
  {
    room: 'core',
    holds: 'errors, canonical JSON, option fields, digests, seeded randomness, clock, bounded concurrency',
    may: ['core'],
  },
  {
    room: 'math',
    holds: 'onnxruntime sessions, ONNX writing, GEMM, nearest centre, k-means, encoders, ridge',
    may: ['core', 'math'],
    types: ['io/source.ts'],
  },
  {
    room: 'routing',
    holds: 'the table of routing rules, which turn distances to centres into weights of the experts',
    may: ['core', 'routing'],
  },
  {
    room: 'metrics',
    holds: 'the table of metrics, their bootstrap intervals, chance levels',
    may: ['core', 'metrics'],
  },
  {
    room: 'io',
    holds: 'stores, input listing, parquet, tar, Arrow, npy, images',
    may: ['core', 'io'],
  },
  {
    room: 'manifest',
    holds: 'YAML with positions, checks, diagnostics, JSON Schema',
    may: [
      'core',
      'metrics',
      'manifest',
      'io/store/settings.ts',
      'io/crawl/formats.ts',
      'schedulers/table.ts',
    ],
  },
  {
    room: 'artefacts',
    holds: 'the documents that stages exchange: type, checked reader and writer, one file per document',
    may: ['core', 'routing', 'io', 'artefacts'],
    types: ['math'],
  },
  {
    room: 'stages/builtin-stages.ts',
    holds: 'the list of stages, one line per stage',
    may: ['core', 'stages/*/spec.ts', 'stages/stage-registry.ts'],
  },
  {
    room: 'stages/*.ts',
    holds: 'the contract of a stage (`define.ts`), kinds of artefacts and of tasks, partitions, facts',
    may: ['core', 'stages/*.ts'],
    types: ['io/source.ts', 'io/crawl/formats.ts'],
  },
  {
    room: 'stages/*/spec.ts',
    holds: 'the light declaration of one stage: ports, options, partition, estimate',
    may: [
      'core',
      'stages/define.ts',
      'stages/facts.ts',
      'stages/kinds.ts',
      'stages/partition.ts',
      'artefacts/experts.ts',
      'own',
    ],
  },
  {
    room: 'stages/report',
    holds: 'the stage that collects the figures and writes the page',
    may: ['core', 'io', 'math', 'artefacts', 'report', 'stages/*.ts', 'own'],
  },
  {
    room: 'stages',
    holds: 'one folder per stage; `run.ts` does the work',
    may: ['core', 'routing', 'metrics', 'io', 'math', 'artefacts', 'ensemble', 'stages/*.ts', 'own'],
  },
  {
    room: 'plugins',
    holds: 'third-party code: read without running it, digested, kept in the store, loaded',
    may: ['core', 'plugins', 'math/encoder/open.ts', 'routing', 'schedulers/table.ts', 'stages/define.ts'],
    types: ['io/store/store.ts', 'math/encoder/encoder.ts', 'schedulers/row.ts'],
  },
  {
    room: 'ensemble',
    holds: 'the experts of a run as one usable model',
    may: ['core', 'routing', 'io', 'math', 'artefacts', 'ensemble'],
  },
  {
    room: 'finished',
    holds: 'what commands derive from a finished run: an ensemble folder, routed class names',
    may: ['core', 'routing', 'artefacts', 'planner', 'ensemble', 'runner', 'stages/*.ts', 'finished'],
  },
  {
    room: 'api',
    holds: '`coterie/run` and `coterie/stage`: the commands as functions, and what plugins are made of',
    may: [
      'core',
      'io',
      'artefacts',
      'manifest',
      'planner',
      'plugins/plugin.ts',
      'routing/rule.ts',
      'runner',
      'schedulers/table.ts',
      'stages/*.ts',
      'submission',
      'api',
    ],
    types: ['local-executor', 'math/encoder/encoder.ts', 'routing', 'schedulers'],
  },
  {
    room: 'index.ts',
    holds: 'what `coterie` itself exports: the ensemble',
    may: ['core', 'routing', 'io', 'ensemble'],
  },
  {
    room: 'planner',
    holds: 'graph, splits, fingerprints, plan, reasons, lock: all pure',
    may: ['core', 'manifest', 'planner'],
    types: ['stages/define.ts'],
  },
  {
    room: 'local-executor',
    holds: 'runs tasks in processes on this machine; decides nothing',
    may: ['core', 'local-executor'],
    types: ['planner'],
  },
  {
    room: 'schedulers',
    holds: 'batch schedulers (Slurm, AWS Batch): the interface, the table, and a folder per scheduler',
    may: ['core', 'schedulers'],
  },
  {
    room: 'runner',
    holds: 'survey, task, commit, run, verify, garbage collection: the effects',
    may: [
      'core',
      'io',
      'artefacts',
      'manifest',
      'planner',
      'local-executor',
      'plugins',
      'runner',
      'schedulers/table.ts',
      'stages/builtin-stages.ts',
      'stages/stage-registry.ts',
      'math/session/version.ts',
    ],
    types: ['stages/*.ts', 'report/model.ts'],
  },
  {
    room: 'submission',
    holds: 'the plan as job arrays: submitting them, following them, judging how they ended',
    may: [
      'core',
      'io',
      'manifest',
      'planner',
      'local-executor',
      'runner',
      'schedulers',
      'submission',
      'stages/builtin-stages.ts',
    ],
    types: ['stages/define.ts'],
  },
  {
    room: 'report',
    holds: 'the page: from its model to one HTML file',
    may: ['core', 'routing', 'metrics', 'artefacts', 'report'],
  },
  { room: 'quickstart', holds: 'the corpus of the quickstart', may: ['everything'] },
  { room: 'init', holds: 'the folder that `coterie init` writes', may: ['everything'] },
  { room: 'cli', holds: 'one light file per command', may: ['everything'] },
]

/**
 * Whether a path from the root of the repository is in a room: a folder (`io/store`), a file (`index.ts`), or
 * either with `*` for one name in lower case (`stages/*\/spec.ts`).
 */
export function matches(pattern: string, path: string): boolean {
  if (pattern === 'everything') return path.startsWith('src/')
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll('.', '\\.'))
    .join('[a-z0-9-]+')
  return new RegExp(`^src/${source}${pattern.endsWith('.ts') ? '$' : '/'}`).test(path)
}

export function roomOf(path: string): Room | undefined {
  return rooms.find(({ room }) => matches(room, path))
}
