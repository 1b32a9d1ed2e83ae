import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runWithProgress, printResult } from '../src/cli/run.js'
import { exitFor } from '../src/cli/exit.js'
import { PipelineError } from '../src/core/error.js'
import { packagePath } from '../src/core/package-path.js'
import { fileSource } from '../src/io/store/source.js'
import { TarWriter } from '../src/io/tar/write.js'
import { readWebDataset, type WebDatasetSample } from '../src/io/tar/webdataset.js'

/**
 * Makes the crawl of `manifests/open-clip-tiny.yaml` from the pairs in ../shared/data and runs it. `--small` is the form for every
 * day: fewer pairs, two experts, an epoch each. `--only` makes the crawl alone. COTERIE_PYTHON names the trainer's Python.
 */
const { values } = parseArgs({ options: { dir: { type: 'string', default: 'open-clip-tiny-run' }, small: { type: 'boolean', default: false }, only: { type: 'boolean', default: false } } })
const shared = process.env.COTERIE_SHARED ?? packagePath('..', 'shared')
const small = ['cluster.experts=2', 'cluster.fine=16', 'train.seed_epochs=1', 'train.expert_epochs=1', 'train.batch_size=32', 'train.warmup_steps=5', 'train.baselines=[]', 'write.shard_megabytes=1', 'train.mix_megabytes=1']

process.exitCode = await exitFor(async () => {
  if (!(await stat(join(shared, 'data/pairs')).catch(() => undefined))) {
    console.log(`skipped: ${join(shared, 'data/pairs')} is not there\n0 passed, 0 failed`)
    return
  }
  const folder = resolve(values.dir)
  await makeCrawl(folder, values.small ? 250 : Number.POSITIVE_INFINITY)
  const manifest = join(folder, 'open-clip-tiny.yaml')
  await cp(packagePath('manifests/open-clip-tiny.yaml'), manifest)
  await cp(packagePath('manifests/open-clip-tiny'), join(folder, 'open-clip-tiny'), { recursive: true })
  if (values.only) return console.log(manifest)
  const start = performance.now()
  try {
    const result = await runWithProgress(manifest, { workers: 2, set: values.small ? small : [] })
    printResult(result)
    console.log(`${Math.round((performance.now() - start) / 1000)} s\n1 passed, 0 failed`)
  } catch (error) {
    if (!(error instanceof PipelineError) || (error.code !== 'E_NO_TRAINER' && error.code !== 'E_TRAINER_VERSION')) throw error
    console.log(`skipped: ${error.message} (${error.hint ?? ''})\n0 passed, 0 failed`)
  }
})

async function makeCrawl(folder: string, most: number): Promise<void> {
  const articles = await articleTypes()
  const about: { readonly [source: string]: (key: string) => object } = {
    'tiny-imagenet-train': () => ({}),
    'fashion-products': (key) => ({ article: articles.get(key) }),
    'flickr8k-1k': () => ({}),
    'noto-emoji': () => ({}),
  }
  await mkdir(join(folder, 'crawl'), { recursive: true })
  for (const [source, fields] of Object.entries(about)) {
    await rewrite(source, join(folder, 'crawl', `${source}.tar`), most, ({ key, members }) => ({
      ...Object.fromEntries([...members].map(([extension, { bytes }]) => [extension, bytes])),
      json: Buffer.from(JSON.stringify({ source: source.split('-')[0] === 'fashion' ? 'fashion' : source, ...fields(key) })),
    }))
  }
  const classes = JSON.parse(await readFile(join(shared, 'data/zeroshot/tiny-imagenet/classes.json'), 'utf8')) as readonly { readonly name: string }[]
  const templates = JSON.parse(await readFile(join(shared, 'data/zeroshot/clip_benchmark/en_zeroshot_classification_templates.json'), 'utf8')) as { readonly imagenet1k: readonly string[] }
  const set = join(folder, 'evaluation/tiny-imagenet')
  await mkdir(join(set, 'test'), { recursive: true })
  const names = classes.map(({ name }) => name)
  await writeFile(join(set, 'classnames.txt'), `${names.join('\n')}\n`)
  await writeFile(join(set, 'zeroshot_classification_templates.txt'), `${['{c}', ...templates.imagenet1k.slice(0, 7)].join('\n')}\n`)
  await rewrite('tiny-imagenet-val', join(set, 'test/0.tar'), most, ({ members }) => ({
    jpg: members.get('jpg')!.bytes,
    cls: Buffer.from(String(names.indexOf(Buffer.from(members.get('txt')!.bytes).toString('utf8').trim()))),
  }))
}

async function rewrite(source: string, target: string, most: number, membersOf: (sample: WebDatasetSample) => { readonly [extension: string]: Uint8Array }): Promise<void> {
  const pieces: Uint8Array[] = []
  const tar = new TarWriter({ write: async (bytes) => void pieces.push(bytes.slice()) })
  let count = 0
  for await (const sample of readWebDataset(await fileSource(join(shared, 'data/pairs', `${source}.tar`)))) {
    if (count++ >= most) break
    for (const [extension, bytes] of Object.entries(membersOf(sample))) await tar.add(`${sample.key}.${extension}`, bytes)
  }
  await tar.end()
  await writeFile(target, Buffer.concat(pieces))
}

async function articleTypes(): Promise<Map<string, string>> {
  const [, ...lines] = (await readFile(join(shared, 'data/pairs/fashion-products.csv'), 'utf8')).trim().split('\n')
  return new Map(lines.map((line) => [line.split(',')[0]!, line.split(',')[4]!]))
}
