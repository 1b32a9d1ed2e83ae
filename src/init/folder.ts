import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { manifestSchema, pipelineSchema, profileSchema } from '../manifest/fields/schema.js'
import { realFolder } from '../io/real-folder.js'
import type { StageLike } from '../manifest/stage-like.js'
import { gitignoreText, manifestText, readmeText } from './text.js'

export interface StarterFolder {
  readonly written: readonly string[]
  /** Files that already existed, unchanged. */
  readonly kept: readonly string[]
  readonly manifest: string
}

/** Creates the missing files of a starter folder; never touches an existing one. */
export async function writeStarterFolder(
  folder: string,
  input: string | undefined,
  stages: readonly StageLike[],
): Promise<StarterFolder> {
  const name = identifier(basename(resolve(folder)))
  const crawl = input === undefined ? 'crawl' : relativeToManifest(folder, input)
  const store = await storeFor(folder, name, input ?? join(folder, 'crawl'))
  const files: [string, string][] = [
    ['manifest.yaml', manifestText(name, crawl, store)],
    ['README.md', readmeText(name)],
    ['.gitignore', gitignoreText],
    ['schema/manifest.schema.json', json(manifestSchema(stages))],
    ['schema/pipeline.schema.json', json(pipelineSchema())],
    ['schema/profile.schema.json', json(profileSchema())],
  ]
  const written: string[] = []
  const kept: string[] = []
  for (const [file, text] of files) {
    const path = join(folder, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'wx' }).then(
      () => written.push(path),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        kept.push(path)
      },
    )
  }
  return { written, kept, manifest: join(folder, 'manifest.yaml') }
}

function identifier(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^[-_]+/, '')
      .slice(0, 64) || 'my-experts'
  )
}

/** Paths in a manifest are relative to it, so that the folder can be moved together with its data. */
function relativeToManifest(folder: string, input: string): string {
  return isElsewhere(input) ? input : relative(resolve(folder), resolve(input)) || '.'
}

/** Absolute, in the home folder, or a URI. */
function isElsewhere(input: string): boolean {
  return isAbsolute(input) || /^(~\/|@|\w+:\/\/)/.test(input)
}

/** Next to the manifest, unless the input contains that folder: then next to the input. */
async function storeFor(folder: string, name: string, input: string): Promise<string> {
  if (isElsewhere(input) && !isAbsolute(input)) return 'store'
  const pattern = input.search(/[*?{]/)
  if (pattern >= 0 && !input.includes('**')) return 'store'
  const fixed = pattern < 0 ? input : input.slice(0, input.lastIndexOf('/', pattern) + 1) || '.'
  const [above, own] = await Promise.all([realFolder(resolve(fixed)), realFolder(resolve(folder))])
  if (above === '/' || !`${own}/store/`.startsWith(`${above}/`)) return 'store'
  return relative(own, join(dirname(above), `${name}-store`))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
