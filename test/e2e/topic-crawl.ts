import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { picture, tarOf } from '../fakes/crawl.js'

export const topics = {
  animals: [
    'a brown dog asleep on the grass',
    'two cats on a window sill',
    'a horse in the stable',
    'puppies at play',
    'a kitten with a ball',
  ],
  vehicles: [
    'a red sports car on the road',
    'an old steam locomotive',
    'trucks in a traffic jam',
    'a bicycle by the wall',
    'the bus stops here',
  ],
  food: [
    'a bowl of tomato soup',
    'fresh bread and butter',
    'chocolate cake with cherries',
    'grilled fish with lemon',
    'a cup of green tea',
  ],
}
export const law = [
  'clause on tenant liability',
  'the court dismissed the appeal',
  'statutory tax deduction form',
  'a notarised power of attorney',
  'breach of contract damages',
]

/** A folder with a crawl of small tars and a pipeline that ends with shards: whole runs in seconds. */
export interface TopicCrawl {
  readonly folder: string
  readonly store: string
  /** `count` pairs whose captions take turns. */
  shard(name: string, captions: readonly string[], count: number): Promise<void>
  /** A manifest of the pipeline `data`; `stages` are lines of YAML flow maps by stage. */
  manifest(name: string, stages: { readonly [stage: string]: string }): Promise<string>
  remove(): Promise<void>
}

const pipeline = `name: data
doc: From a crawl to shards.
stages:
  ingest: {}
  embed: { takes: { samples: ingest } }
  cluster: { takes: { vectors: embed, samples: ingest } }
  assign: { takes: { vectors: embed, centres: cluster } }
  drift: { takes: { assignments: assign, centres: cluster } }
  write: { takes: { samples: ingest, assignments: assign } }
`

/** With one shard of 40 pairs for each topic. */
export async function topicCrawl(text = pipeline): Promise<TopicCrawl> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-topics-'))
  await mkdir(join(folder, 'crawl'))
  await writeFile(join(folder, 'data.yaml'), text)
  const crawl: TopicCrawl = {
    folder,
    store: join(folder, 'store'),
    async shard(name, captions, count) {
      const members: [string, Uint8Array | string][] = []
      for (let i = 0; i < count; i++) {
        members.push(
          [`${name}-${i}.png`, await picture(i)],
          [`${name}-${i}.txt`, `${captions[i % captions.length]}, number ${i} of ${name}`],
        )
      }
      await writeFile(join(folder, 'crawl', `${name}.tar`), await tarOf(members))
    },
    async manifest(name, stages) {
      const path = join(folder, `${name}.yaml`)
      const lines = Object.entries({
        ...(text.includes('write:') ? { write: '{ shard_megabytes: 1 }' } : {}),
        ...stages,
      }).map(([stage, options]) => `  ${stage}: ${options}\n`)
      await writeFile(
        path,
        `name: ${name}\npipeline: ./data.yaml\ninput: { uri: "crawl/*.tar" }\nstore: store\nstages:\n` +
          `${lines.join('')}`,
      )
      return path
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  for (const [name, captions] of Object.entries(topics)) await crawl.shard(name, captions, 40)
  return crawl
}
