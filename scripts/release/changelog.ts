import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A file in `changes/`: an entry of the next release notes. */
export interface Fragment {
  /** `042-longest-caption.md` */
  readonly file: string
  readonly text: string
}

const title = '# Changelog\n'

/** Reads the fragments in the order of their numbers. Throws for a file that is not named like one. */
export async function readFragments(root: string): Promise<Fragment[]> {
  const files = (await readdir(join(root, 'changes'))).filter((file) => file !== 'README.md')
  const misnamed = files.filter((file) => !/^\d+-[a-z0-9-]+\.md$/.test(file))
  if (misnamed.length > 0)
    throw new Error(`not a fragment (NNN-name.md): changes/${misnamed.join(', changes/')}`)
  return Promise.all(
    files
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
      .map(async (file) => ({ file, text: (await readFile(join(root, 'changes', file), 'utf8')).trim() })),
  )
}

/** Returns the changelog with a section for the version above all others. */
export function withRelease(changelog: string, version: string, fragments: readonly Fragment[]): string {
  if (hasRelease(changelog, version)) throw new Error(`CHANGELOG.md already has a section for ${version}`)
  const earlier = changelog.startsWith(title) ? changelog.slice(title.length).trimStart() : changelog
  const section = [`## ${version}`, '', ...fragments.map(({ text }) => entry(text)), '']
  return `${title}\n${section.join('\n')}${earlier === '' ? '' : `\n${earlier}`}`
}

export function hasRelease(changelog: string, version: string): boolean {
  return changelog.split('\n').some((line) => line.trim() === `## ${version}`)
}

/** A list item of one or more lines. */
function entry(text: string): string {
  return `- ${text.split('\n').join('\n  ')}`.replace(/ +$/gm, '')
}
