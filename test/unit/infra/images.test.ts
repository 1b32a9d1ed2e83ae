import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const program = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  files: string[]
  bin: { coterie: string }
}
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))

for (const name of ['data', 'trainer']) {
  const lines = readFileSync(join(root, 'images', name, 'Dockerfile'), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const stages = lines.reduce<string[][]>(
    (all, line) =>
      line.startsWith('FROM ') ? [...all, [line]] : [...all.slice(0, -1), [...(all.at(-1) ?? []), line]],
    [],
  )
  const last = stages.at(-1) ?? []

  test(`${name}: copies only files that exist and are not ignored`, (t) => {
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
    t.true(sources.length > 5)
    for (const source of sources) {
      t.true(existsSync(join(root, source)), source)
      t.true(
        ignored.some((allowed) => source === allowed || source.startsWith(`${allowed}/`)),
        `${source} is not in .dockerignore`,
      )
    }
    // What is built in the image, and what people read, is not copied.
    const notCopied = ['dist', 'docs/guides', 'examples']
    for (const folder of program.files.filter((one) => !notCopied.includes(one)))
      t.true(sources.includes(folder), `${folder} of the package is left out`)
  })

  test(`${name}: pinned base images, no root user, the package's own program`, (t) => {
    const bases = lines.filter((line) => line.startsWith('ARG '))
    t.true(bases.length > 0)
    for (const line of bases) t.regex(line, /^ARG [A-Z]+=[a-z]+:\d+\.\d+\.\d+-[a-z-]+$/)
    for (const [from] of stages.filter(([first]) => first!.startsWith('FROM')))
      t.regex(from!, /^FROM \$\{[A-Z]+\}/)
    t.true(last.includes('USER 10001:10001'))
    t.true(last.indexOf('USER 10001:10001') > last.findIndex((line) => line.startsWith('RUN ')))
    t.true(last.includes('VOLUME ["/scratch", "/tmp"]'))
    t.true(last.includes(`ENTRYPOINT ["node", "/app/${program.bin.coterie}"]`))
    t.false(
      lines.some((line) => /curl|wget|apt-get|latest|ADD /.test(line)),
      'nothing comes from anywhere but the registries of packages',
    )
  })
}
