/**
 * One change of the manifest without a mistake, or of its pipeline. `expected/<name>.txt` holds every message
 * it leads to.
 */
export interface Case {
  readonly name: string
  /** Each text is found exactly once and replaced. */
  readonly manifest?: readonly Change[]
  readonly pipeline?: readonly Change[]
  /** The whole text of the manifest. */
  readonly text?: string
  readonly set?: readonly string[]
  readonly env?: { readonly [name: string]: string }
}

export type Change = readonly [find: string, replace: string]

const fine = '    fine: 128\n'

export const cases: readonly Case[] = [
  { name: 'unknown-option', manifest: [[fine, '    fnie: 128\n    clusters: 4\n']] },
  { name: 'unknown-member', manifest: [['store:', 'stor: x\ncluster: { fine: 3 }\nstore:']] },
  { name: 'unknown-stage-in-manifest', manifest: [['  train:\n', '  trian: {}\n  train:\n']] },
  {
    name: 'option-of-another-stage',
    manifest: [[fine, `${fine}    shard_megabytes: 4\n    holdout: { share: 0.1 }\n`]],
  },
  {
    name: 'wrong-type',
    manifest: [
      [fine, '    fine: many\n    experts: 4.5\n    seed: "12"\n'],
      ['format: auto', 'format: 3'],
      ['name: golden', 'name: 2024'],
    ],
  },
  { name: 'wrong-type-of-group', manifest: [['ingest: { caption: longest }', 'ingest: longest']] },
  {
    name: 'out-of-range',
    manifest: [
      [fine, '    fine: 1\n    experts: 0\n    seed: -1\n'],
      ['share: 0.1', 'share: 0.9'],
    ],
  },
  { name: 'wrong-choice', manifest: [['caption: longest', 'caption: longst']] },
  {
    name: 'yes-is-not-true',
    manifest: [['model: ./models/mine', 'model: ./models/mine\n      normalise: yes']],
  },
  { name: 'underscored-number', manifest: [['fine: 128', 'fine: 1_024']] },
  { name: 'scalar-for-list', manifest: [['engine: adapter', 'engine: adapter\n    rates: 0.5']] },
  { name: 'empty-list', manifest: [['engine: adapter', 'engine: adapter\n    rates: []']] },
  {
    name: 'missing-required',
    manifest: [
      ['name: golden\n', ''],
      ['    engine: adapter', '    rates: [1]'],
      ["  uri: ['crawl/*.parquet', 's3://crawl/{00..17}.tar']\n", ''],
    ],
  },
  { name: 'null-value', manifest: [['fine: 128', 'fine:']] },
  { name: 'evaluation-without-samples', manifest: [['    from: holdout\n', '']] },
  { name: 'evaluation-twice', manifest: [['    from: holdout', '    from: holdout\n    uri: ../eval']] },
  { name: 'evaluation-without-holdout', manifest: [['holdout: { share: 0.1, seed: 5 }\n', '']] },
  { name: 'two-options-together', manifest: [['fine: 128', 'fine: 8\n    experts: 9']] },
  { name: 'check-with-facts', manifest: [['fine: 128', 'fine: 1000\n    experts: 101']] },
  { name: 'unknown-pipeline', manifest: [['pipelines/line.yaml', 'mod']] },
  { name: 'missing-pipeline-file', manifest: [['pipelines/line.yaml', 'pipelines/curve.yaml']] },
  { name: 'unknown-stage-in-pipeline', pipeline: [['  embed: {', '  embde: {']] },
  { name: 'cycle', pipeline: [['samples: ingest } }', 'samples: train } }']] },
  { name: 'self-cycle', pipeline: [['vectors: embed', 'vectors: cluster']] },
  { name: 'port-type', pipeline: [['shards: write', 'shards: cluster']] },
  { name: 'unknown-port', pipeline: [['shards: write', 'shards: write, sharsd: write']] },
  { name: 'missing-port', pipeline: [['samples: ingest, centres', 'centres']] },
  { name: 'unknown-node', pipeline: [['shards: write', 'shards: wrtie']] },
  {
    name: 'pipeline-option',
    pipeline: [
      ['shard_megabytes: 64', 'shard_megabyte: 64'],
      ['seed: 3', 'seed: three'],
    ],
  },
  {
    name: 'pipeline-head',
    pipeline: [
      ['doc: One', 'dok: One'],
      ['name: line', 'name: "a b"'],
    ],
  },
  {
    name: 'aliases',
    manifest: [
      ['fine: 128', 'fine: &f 128'],
      ['seed: 5', 'seed: *f'],
    ],
  },
  { name: 'merge-key', manifest: [['    fine: 128', '    <<: { fine: 128 }']] },
  {
    name: 'tag',
    manifest: [
      ['fine: 128', 'fine: !!js/function "x"'],
      ['name: golden', 'name: !!binary Z29sZGVu'],
    ],
  },
  {
    name: 'duplicate-keys',
    manifest: [
      [fine, `${fine}    fine: 256\n`],
      ['store:', 'name: again\nstore:'],
    ],
  },
  {
    name: 'proto-key',
    manifest: [
      ['  heldout:', '  __proto__:'],
      [fine, `${fine}    __proto__: { fine: 3 }\n    constructor: 1\n`],
    ],
  },
  { name: 'number-key', manifest: [['  heldout:', '  12:']] },
  { name: 'bad-name-key', manifest: [['  heldout:', '  ../heldout:']] },
  { name: 'second-document', manifest: [['    engine: adapter', '    engine: adapter\n---\nname: other']] },
  { name: 'tab', manifest: [['    fine: 128', '\tfine: 128']] },
  { name: 'unclosed', manifest: [[".tar']", ".tar'"]] },
  { name: 'braces-in-brackets', manifest: [["'s3://crawl/{00..17}.tar'", 's3://crawl/{00..17}.tar']] },
  {
    name: 'not-finite',
    manifest: [
      ['max_cluster_ratio: null', 'max_cluster_ratio: .inf'],
      ['fine: 128', 'fine: .nan'],
    ],
  },
  { name: 'too-exact', manifest: [['seed: 5', 'seed: 12345678901234567890']] },
  { name: 'newline-in-name', manifest: [['name: golden', 'name: "gol\\nden"']] },
  {
    name: 'control-characters',
    manifest: [
      ["'s3://crawl/{00..17}.tar'", '"a\\x1b[2Jb"'],
      ['model: ./models/mine', 'model: "\\ud800"'],
    ],
  },
  { name: 'long-text', manifest: [['s3://crawl/{00..17}.tar', 'x'.repeat(5000)]] },
  { name: 'name-with-slash', manifest: [['name: golden', 'name: ../golden']] },
  {
    name: 'env-where-not-allowed',
    manifest: [
      ['name: golden', 'name: ${env.GOLDEN_STORE}'],
      ['fine: 128', 'fine: ${env.FINE}'],
    ],
  },
  { name: 'env-unset', manifest: [['${env.GOLDEN_STORE}', '${env.GOLDEN_STOER}']] },
  {
    name: 'env-syntax',
    manifest: [
      ['${env.GOLDEN_STORE}', '${GOLDEN_STORE}'],
      ['model: ./models/mine', 'model: ${env.A B}'],
    ],
  },
  { name: 'env-with-newline', env: { GOLDEN_STORE: 'a\nb' } },
  {
    name: 'set-mistakes',
    set: [
      'cluster.fien=3',
      'cluster.fine=x',
      'clutser.fine=3',
      'fine=3',
      'cluster.fine',
      '=3',
      'cluster.fine=[1',
      'cluster..fine=3',
      'cluster.__proto__=1',
      'cluster.seed=&a 3',
    ],
  },
  { name: 'set-and-file', set: ['cluster.fine=1'], manifest: [['caption: longest', 'caption: shortest']] },
  { name: 'empty', text: '' },
  { name: 'only-comments', text: '# nothing yet\n' },
  { name: 'list-at-the-top', text: '- name: golden\n' },
  { name: 'text-at-the-top', text: 'golden\n' },
  { name: 'too-large', text: `name: golden\n# ${'x'.repeat(64 * 1024)}\n` },
  { name: 'deep-flow', text: `name: ${'['.repeat(20_000)}` },
  { name: 'deep-flow-closed', text: `name: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n` },
  { name: 'deep-block', text: `${'- '.repeat(20_000)}a\n` },
  {
    name: 'bomb',
    text:
      'a: &a [x, x]\n' +
      [...'bcdefghi']
        .map((letter, index) => `${letter}: &${letter} [*${'abcdefgh'[index]}, *${'abcdefgh'[index]}]\n`)
        .join(''),
  },
  {
    name: 'many-mistakes',
    manifest: [
      ['name: golden', 'name: a b'],
      ['format: auto', 'format: tar'],
      [fine, '    fine: x\n    fime: 2\n'],
      ['engine: adapter', 'engine: adaptor'],
    ],
    pipeline: [['shards: write', 'shards: embed']],
    set: ['write.shard_megabytes=0'],
  },
]
