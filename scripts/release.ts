import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { planRelease, writeRelease } from './release/prepare.js'

/**
 * `npm run release -- X.Y.Z`: sets the version of every package, gathers the fragments of `changes/` into
 * CHANGELOG.md, and prints the commands that publish. `--dry-run` changes nothing; `--publish` runs the
 * commands.
 */
const root = process.env.COTERIE_RELEASE_ROOT ?? fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean' }, publish: { type: 'boolean' } },
})

try {
  if (positionals.length !== 1) throw new Error('usage: npm run release -- X.Y.Z [--dry-run | --publish]')
  const release = await planRelease(root, positionals[0] as string)
  const refusal = `not published while package fields are missing:\n  ${release.missing.join('\n  ')}`
  if (values.publish && release.missing.length > 0) throw new Error(refusal)
  const dry = values['dry-run'] ?? false
  if (!dry) await writeRelease(root, release)
  console.log(`${dry ? 'would write' : 'wrote'} ${[...release.writes.keys()].join(', ')}`)
  console.log(`${dry ? 'would gather' : 'gathered'} ${release.fragments.length} fragments`)
  if (release.missing.length > 0) console.log(refusal)
  for (const [program, ...words] of release.commands) {
    if (values.publish && !dry) execFileSync(program as string, words, { cwd: root, stdio: 'inherit' })
    else console.log(`  ${[program, ...words].map(quoted).join(' ')}`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

function quoted(word = ''): string {
  return /^[\w.@/:-]+$/.test(word) ? word : `'${word}'`
}
