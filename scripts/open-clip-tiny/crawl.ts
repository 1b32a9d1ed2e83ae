import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packagePath } from '../../src/core/package-path.js'
import { fileSource } from '../../src/io/store/local/source.js'
import { TarWriter } from '../../src/io/tar/write.js'
import { readWebDataset, type WebDatasetSample } from '../../src/io/tar/webdataset.js'

/** Folder of real pairs, class names and templates; `COTERIE_SHARED` overrides it. */
export const shared = process.env.COTERIE_SHARED ?? packagePath('..', 'shared')

/**
 * Writes the crawl of `manifests/open-clip-tiny.yaml` and its evaluation set: at most `limit` pairs per
 * source.
 */
export async function makeCrawl(folder: string, limit: number): Promise<void> {
  const articles = await articleTypes()
  const about: { readonly [source: string]: (key: string) => object } = {
    'tiny-imagenet-train': () => ({}),
    'fashion-products': (key) => ({ article: articles.get(key) }),
    'flickr8k-1k': () => ({}),
    'noto-emoji': () => ({}),
  }
  await mkdir(join(folder, 'crawl'), { recursive: true })
  for (const [source, fields] of Object.entries(about)) {
    await rewrite(source, join(folder, 'crawl', `${source}.tar`), limit, ({ key, members }) => ({
      ...Object.fromEntries([...members].map(([extension, { bytes }]) => [extension, bytes])),
      json: Buffer.from(
        JSON.stringify({ source: source.split('-')[0] === 'fashion' ? 'fashion' : source, ...fields(key) }),
      ),
    }))
  }
  const classes = JSON.parse(
    await readFile(join(shared, 'data/zeroshot/tiny-imagenet/classes.json'), 'utf8'),
  ) as readonly { readonly name: string }[]
  const templates = JSON.parse(
    await readFile(
      join(shared, 'data/zeroshot/clip_benchmark/en_zeroshot_classification_templates.json'),
      'utf8',
    ),
  ) as { readonly imagenet1k: readonly string[] }
  const set = join(folder, 'evaluation/tiny-imagenet')
  await mkdir(join(set, 'test'), { recursive: true })
  const names = classes.map(({ name }) => name)
  await writeFile(join(set, 'classnames.txt'), `${names.join('\n')}\n`)
  await writeFile(
    join(set, 'zeroshot_classification_templates.txt'),
    `${['{c}', ...templates.imagenet1k.slice(0, 7)].join('\n')}\n`,
  )
  await rewrite('tiny-imagenet-val', join(set, 'test/0.tar'), limit, ({ members }) => ({
    jpg: members.get('jpg')!.bytes,
    cls: Buffer.from(String(names.indexOf(Buffer.from(members.get('txt')!.bytes).toString('utf8').trim()))),
  }))
}

async function rewrite(
  source: string,
  target: string,
  limit: number,
  membersOf: (sample: WebDatasetSample) => { readonly [extension: string]: Uint8Array },
): Promise<void> {
  const pieces: Uint8Array[] = []
  const tar = new TarWriter({ write: async (bytes) => void pieces.push(bytes.slice()) })
  let count = 0
  for await (const sample of readWebDataset(await fileSource(join(shared, 'data/pairs', `${source}.tar`)))) {
    if (count++ >= limit) break
    for (const [extension, bytes] of Object.entries(membersOf(sample)))
      await tar.add(`${sample.key}.${extension}`, bytes)
  }
  await tar.end()
  await writeFile(target, Buffer.concat(pieces))
}

async function articleTypes(): Promise<Map<string, string>> {
  const [, ...lines] = (await readFile(join(shared, 'data/pairs/fashion-products.csv'), 'utf8'))
    .trim()
    .split('\n')
  return new Map(lines.map((line) => [line.split(',')[0]!, line.split(',')[4]!]))
}
