import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { manifestSchema, pipelineSchema, profileSchema } from '../manifest/fields/schema.js'
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
  const files: [string, string][] = [
    ['manifest.yaml', manifestText(name, input === undefined ? 'crawl' : relativeToManifest(folder, input))],
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
  return isAbsolute(input) || input.includes('://') ? input : relative(resolve(folder), resolve(input)) || '.'
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
