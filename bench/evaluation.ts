import { join } from 'node:path'
import type { Bench, BenchContext, Comparison } from './bench.js'
import { runPeer, runProgram } from './measure.js'

interface Ours {
  readonly seconds: number
  readonly memory: number
  readonly top1: { readonly [model: string]: number }
}

interface Peer {
  readonly seconds: number
  readonly numpy: string
  readonly top1: { readonly [model: string]: number }
  readonly difference: { readonly [rule: string]: number }
}

export const bench: Bench = {
  name: 'evaluation',
  doc:
    'Scores, ranks and 500 bootstrap rounds of 50,000 images × 1,000 classes × dense and 4 experts ' +
    'under four routing rules, from features on disk; against numpy (without the bootstrap).',
  requirements: 'evaluation.txt',
  run,
}

async function run({ python, cache, quick, say }: BenchContext): Promise<Comparison[]> {
  const [many, few, classes, width] = quick ? [5000, 1000, 200, 128] : [50_000, 10_000, 1000, 512]
  const script = join(import.meta.dirname, 'support/score-set.ts')
  const ours = async (images: number): Promise<Ours> => {
    say(`${images} images`)
    const { stdout } = await runProgram(process.execPath, [
      '--import=tsx',
      script,
      cache,
      String(images),
      String(classes),
      String(width),
    ])
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Ours
  }
  await ours(few)
  await ours(many)
  const small = await ours(few)
  const large = await ours(many)
  const { result } = await runPeer<Peer>(python, join(import.meta.dirname, 'peers/evaluation.py'), [
    cache,
    String(many),
    String(classes),
  ])
  const unlike = Object.entries(result.top1).filter(
    ([model, value]) => Math.abs(value - large.top1[model]!) > 2 / many,
  )
  if (unlike.length > 0)
    throw new Error(
      `other scores than numpy: ${JSON.stringify(unlike)} against ${JSON.stringify(large.top1)}`,
    )
  const work = `${many} × ${classes}, 4 experts`
  return [
    {
      work,
      unit: 's',
      ours: large.seconds,
      peer_name: `numpy ${result.numpy}, no intervals`,
      peer: result.seconds,
    },
    {
      work: `${work}: time allowed`,
      unit: 's',
      ours: large.seconds,
      peer_name: 'limit',
      peer: 30,
      goal: '<= 1',
    },
    {
      work: `${work}: largest difference to numpy`,
      unit: '',
      ours: Math.max(...Object.values(result.difference)),
      peer_name: 'limit',
      peer: 1e-5,
      goal: '<= 1',
    },
    {
      work: `peak memory against ${few} images`,
      unit: 'MB',
      ours: large.memory / 1e6,
      peer_name: `${few} images`,
      peer: small.memory / 1e6,
      goal: '<= 1.15',
    },
  ]
}
