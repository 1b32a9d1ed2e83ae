import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate, referenceFolder } from './generate.js'
import { generatedNote } from './reference/note.js'

/** `npm run gen` writes the generated files; `npm run gen -- --check` lists those that differ, and fails. */
const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
const files = await generate(root)
const drift: string[] = []

for (const [name, text] of files) {
  const path = join(root, name)
  const before = await readFile(path, 'utf8').catch(() => undefined)
  if (before === text) continue
  drift.push(name)
  if (check) continue
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
for (const name of await readdir(join(root, referenceFolder)).catch(() => [])) {
  const file = `${referenceFolder}/${name}`
  if (files.has(file) || !(await readFile(join(root, file), 'utf8')).startsWith(generatedNote)) continue
  drift.push(file)
  if (!check) await rm(join(root, file))
}

if (check && drift.length > 0) {
  console.error(
    `out of date:\n${drift.map((name) => `  ${name}`).join('\n')}\nrun \`npm run gen\` and commit the result`,
  )
  process.exitCode = 1
} else {
  console.error(
    drift.length === 0 ? `${files.size} generated files are up to date` : `wrote ${drift.join(', ')}`,
  )
}
