import {
  choice,
  flag,
  group,
  int,
  list,
  map,
  nullable,
  num,
  optional,
  text,
} from '../../../src/core/field.js'
import type { BoundStageLike, PortsLike, StageLike } from '../../../src/manifest/stage-like.js'

/** Stages that stay as they are whatever the real ones become, so that the expected messages do too. */

const ports = (...names: readonly string[]): PortsLike =>
  Object.fromEntries(names.map((name) => [name, { kind: { name } }]))

type Declared = Omit<StageLike, 'bind'> & {
  readonly facts?: (options: never) => ReturnType<BoundStageLike['facts']>
  readonly check?: (options: never, facts: never) => ReturnType<BoundStageLike['check']>
}

const stage = ({ facts, check, ...declared }: Declared): StageLike => ({
  ...declared,
  bind: (options) => ({
    earlier: undefined,
    facts: (upstream) => ({ ...upstream, ...facts?.(options as never) }),
    check: (upstream) => check?.(options as never, upstream as never) ?? [],
  }),
})

const ingest = stage({
  name: 'ingest',
  takes_holdout: true,
  doc: 'Reads captions.',
  takes: {},
  makes: ports('samples'),
  options: {
    caption: choice(['first', 'longest', 'each'], { default: 'first', doc: 'Which caption is taken.' }),
    min_characters: int({ min: 0, default: 3, doc: 'Shorter captions are dropped.' }),
    columns: map(text({ doc: 'A column.' }), { default: {}, doc: 'Names of columns.' }),
    holdout: optional(
      group(
        {
          share: num({ min: 0, max: 0.5, doc: 'Share kept out.' }),
          seed: int({ min: 0, default: 0, doc: 'Chooses which.' }),
        },
        { doc: 'Samples kept out.' },
      ),
    ),
  },
})

const embed = stage({
  name: 'embed',
  doc: 'Turns captions into vectors.',
  takes: ports('samples'),
  makes: ports('vectors'),
  options: {
    encoder: group(
      {
        model: text({ default: 'builtin', path: 'dotted', env: true, doc: 'The model.' }),
        normalise: flag({ default: true, doc: 'Unit length.' }),
      },
      { doc: 'The encoder.' },
    ),
  },
})

const cluster = stage({
  name: 'cluster',
  doc: 'Groups vectors.',
  takes: ports('vectors'),
  makes: ports('centres'),
  options: {
    fine: int({ min: 2, max: 65536, default: 64, doc: 'Fine clusters.' }),
    experts: int({ min: 1, default: 4, doc: 'Experts.' }),
    max_cluster_ratio: nullable(num({ min: 1, default: 2, doc: 'Largest cluster over the mean.' })),
    seed: int({ min: 0, default: 17, doc: 'Seed.' }),
  },
  facts: (options: { experts: number }) => ({ experts: options.experts }),
  check: (options: { fine: number; experts: number }) =>
    options.experts > options.fine
      ? [
          {
            option: 'experts',
            message: `${options.experts} experts cannot be made from ${options.fine} fine clusters`,
            hint: 'ask for fewer',
          },
        ]
      : [],
})

const write = stage({
  name: 'write',
  doc: 'Writes shards.',
  takes: ports('samples', 'centres'),
  makes: ports('shards'),
  options: { shard_megabytes: int({ min: 1, default: 256, doc: 'Size of a shard.' }) },
})

const train = stage({
  name: 'train',
  doc: 'Trains experts.',
  takes: ports('shards'),
  makes: ports('bundles'),
  options: {
    engine: choice(['adapter', 'open_clip'], { doc: 'What trains.' }),
    rates: list(num({ min: 0, doc: 'A rate.' }), { min: 1, default: [0.1], doc: 'Rates that are tried.' }),
  },
  check: (_options: unknown, facts: { experts?: number }) =>
    (facts.experts ?? 0) > 100 ? [{ option: 'engine', message: 'more than 100 experts were asked for' }] : [],
})

export const goldenStages: readonly StageLike[] = [ingest, embed, cluster, write, train]
