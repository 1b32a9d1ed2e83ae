import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { matches, roomOf, rooms } from '../scripts/arrows.js'
import {
  readSource,
  root,
  sourceFiles,
  type SourceFile,
  spreadArguments,
  withoutComments,
} from './source-tree.js'

const sources = sourceFiles('src')

/** The folder of the stage that a file belongs to, however deep the file is. */
function stageFolder(path: string): string | undefined {
  return /^src\/stages\/[a-z-]+\//.exec(path)?.[0]
}

test('imports follow the arrows', (t) => {
  const wrong = sources.flatMap((file) => {
    const room = roomOf(file.path)
    if (!room) return [`${file.path} is in no room of scripts/arrows.ts`]
    const own = stageFolder(file.path) ?? file.path.slice(0, file.path.lastIndexOf('/') + 1)
    return file.imports
      .filter(({ target }) => target.startsWith('src/'))
      .filter(
        ({ target, typeOnly }) =>
          !room.may.some((may) => (may === 'own' ? target.startsWith(own) : matches(may, target))) &&
          !(typeOnly && room.types?.some((may) => matches(may, target))),
      )
      .map(({ target }) => `${file.path} imports ${target}`)
  })
  t.deepEqual(wrong, [])
})

test('every room of the list has files, and what it may import is there', (t) => {
  for (const { room, may, types = [] } of rooms) {
    t.true(
      sources.some(({ path }) => roomOf(path)?.room === room),
      `${room} has files`,
    )
    for (const pattern of [...may, ...types])
      t.true(
        pattern === 'own' || sources.some(({ path }) => matches(pattern, path)),
        `${room} may import ${pattern}, which is there`,
      )
  }
})

test('planning stays light: nothing that a spec imports, however indirectly, is heavy', (t) => {
  const byPath = new Map(sources.map((file) => [file.path, file]))
  const wrong: string[] = []
  for (const spec of sources.filter(({ path }) => /^src\/stages\/[a-z-]+\/spec\.ts$/.test(path))) {
    const seen = new Set<string>()
    const waiting = [spec.path]
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      for (const { target, typeOnly, dynamic } of byPath.get(path)?.imports ?? []) {
        if (typeOnly || dynamic) continue
        if (target.startsWith('src/')) waiting.push(target)
        else if (!target.startsWith('node:'))
          wrong.push(`${spec.path} reaches the package ${target} by ${path}`)
        if (/^src\/(io|math|runner|report)\//.test(target)) wrong.push(`${spec.path} reaches ${target}`)
      }
    }
  }
  t.deepEqual(wrong, [])
})

test('the command line starts light: only commander is loaded before a command needs more', (t) => {
  const byPath = new Map(sources.map((file) => [file.path, file]))
  const reached = new Map<string, string>()
  const waiting = ['src/cli/program.ts', 'src/cli/main.ts']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const { target, typeOnly, dynamic } of byPath.get(path)?.imports ?? []) {
      if (typeOnly || dynamic || reached.has(target)) continue
      reached.set(target, path)
      if (target.startsWith('src/')) waiting.push(target)
    }
  }
  const heavy = [...reached].filter(
    ([target]) => !target.startsWith('src/') && !target.startsWith('node:') && target !== 'commander',
  )
  t.deepEqual(
    heavy.map(([target, by]) => `${target} by ${by}`),
    [],
  )
})

test('folders do not import each other in a circle, unless one contains the other', (t) => {
  const edges = new Map<string, Set<string>>()
  for (const { path, imports } of sources) {
    for (const { target } of imports) {
      const [from, to] = [dirname(path), dirname(target)]
      if (!target.startsWith('src/') || `${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`))
        continue
      edges.set(from, (edges.get(from) ?? new Set()).add(to))
    }
  }
  // A folder is in a circle if it can be reached from one that it imports.
  const reaches = (from: string, wanted: string) => {
    const seen = new Set<string>()
    const waiting = [from]
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      if (folder === wanted) return true
      if (seen.has(folder)) continue
      seen.add(folder)
      waiting.push(...(edges.get(folder) ?? []))
    }
    return false
  }
  const circles = [...edges].flatMap(([folder, targets]) =>
    [...targets].filter((target) => reaches(target, folder)).map((target) => `${folder} and ${target}`),
  )
  t.deepEqual(circles, [])
})

test('no line is longer than 110 columns', (t) => {
  const folders = ['src', 'test', 'scripts', 'bench', 'packages', 'examples'].filter((folder) =>
    existsSync(join(root, folder)),
  )
  const long = folders
    .flatMap(sourceFiles)
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (Array.from(line).length > 110 ? [`${path}:${index + 1}`] : [])),
    )
  t.deepEqual(long, [])
})

test('files stay small', (t) => {
  const lengths = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .sort((a, b) => a.lines - b.lines)
  const at = (share: number) =>
    lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * share))]?.lines ?? 0
  t.true(at(0.5) <= 120, `median ${at(0.5)} lines`)
  t.true(at(0.95) <= 400, `95 % at ${at(0.95)} lines`)
  t.deepEqual(
    lengths.filter(({ lines }) => lines > 500),
    [],
  )
})

test('files are named by what they hold', (t) => {
  const vague = /\/(utils?|helpers?|misc|common|shared)(\.ts|\/)/
  t.deepEqual(
    sources
      .map(({ path }) => path)
      .filter((path) => vague.test(path) || /[A-Z_]/.test(path.slice(path.lastIndexOf('/')))),
    [],
  )
})

/**
 * Bytes never depend on clock, chance or locale. A date made from a given time reads
 * no clock. Stores wait and name their attempts, which is in no artefact.
 */
const pure = /^src\/(stages|math)\/|^src\/io\/(?!(?:store|inputs|doctor)\/)/
const impure = new RegExp(
  [
    String.raw`\b(Date\.now|new Date(?!\()|Date\(\)|Math\.random|randomUUID|randomBytes`,
    String.raw`performance\.now|hrtime|localeCompare|toLocale\w*|Intl\.)`,
  ].join('|'),
)

test('code that makes bytes reads neither clock nor random source nor locale', (t) => {
  const wrong = sources
    .filter(({ path }) => pure.test(path))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) => {
          const found = impure.exec(line)?.[1]
          return found ? [`${path}:${index + 1} ${found}`] : []
        }),
    )
  t.deepEqual(wrong, [])
})

test('a spread argument is found, over several lines too, and a spread in an array is not', (t) => {
  t.deepEqual(spreadArguments('a.push(...b)\nMath.max(\n  0,\n  ...b.map((c) => f(c)),\n)'), [1, 2])
  t.deepEqual(spreadArguments("a.push([...b], { ...c }, f(...d), '...')\n// a.push(...b)"), [])
})

test('no array is spread into arguments: a call with more than about 120,000 of them throws', (t) => {
  t.deepEqual(
    sources.flatMap(({ path, text }) => spreadArguments(text).map((line) => `${path}:${line}`)),
    [],
  )
})

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const packageJson = (folder: string): PackageJson =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as PackageJson
const runtimeOf = ({ dependencies, optionalDependencies }: PackageJson) => ({
  ...dependencies,
  ...optionalDependencies,
})
const manifest = packageJson('.')
const workspaces = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const runtime = runtimeOf(manifest)
/** Installed by whoever needs them; `src/core/optional-package.ts` finds them. */
const optionalPeers = manifest.peerDependencies ?? {}

test('every runtime dependency has an exact version and its reason in docs/decisions', (t) => {
  const folder = join(root, 'docs/decisions')
  const decisions = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const all = [manifest, ...workspaces.map(packageJson)].flatMap((one) => Object.entries(runtimeOf(one)))
  for (const [name, version] of all) {
    t.regex(version, /^\d+\.\d+\.\d+$/, `${name} is pinned`)
    t.true(decisions.includes(`\`${name}\``), `docs/decisions says why ${name} is there`)
  }
})

test('optional peers are developed against one version, with their reason in docs/decisions', (t) => {
  const decision = readFileSync(join(root, 'docs/decisions/0222-optional-packages.md'), 'utf8')
  for (const [name, range] of Object.entries(optionalPeers)) {
    t.is(range, `^${manifest.devDependencies?.[name]}`, name)
    t.true(decision.includes(`\`${name}\``), `docs/decisions/0222 names ${name}`)
  }
})

test('all packages have one version, their folder as their name, and the licence with them', (t) => {
  for (const folder of workspaces) {
    const { name, version } = packageJson(folder)
    t.is(folder, `packages/${name}`)
    t.is(version, manifest.version, name)
    t.is(
      readFileSync(join(root, folder, 'LICENSE'), 'utf8'),
      readFileSync(join(root, 'LICENSE'), 'utf8'),
      name,
    )
  }
})

for (const folder of workspaces) {
  test(`${folder} imports its own dependencies and nothing of Coterie`, (t) => {
    const own = runtimeOf(packageJson(folder))
    const files = sourceFiles(`${folder}/src`)
    const targets = files.flatMap(({ imports }) => imports.map(({ target }) => target))
    t.deepEqual(
      targets.filter((target) => !/^node:/.test(target) && !target.startsWith(folder) && !(target in own)),
      [],
    )
    t.deepEqual(
      Object.keys(own).filter((name) => !files.some(({ text }) => text.includes(`'${name}'`))),
      [],
    )
  })
}

test('sources import no package that is not a runtime dependency', (t) => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ target, typeOnly }) =>
          !target.startsWith('src/') &&
          !target.startsWith('node:') &&
          target !== 'package.json' &&
          !(target in runtime) &&
          !(typeOnly && target in optionalPeers),
      )
      .map(({ target }) => `${path} imports ${target}`),
  )
  t.deepEqual(wrong, [])
})

test('every runtime dependency is loaded somewhere in src', (t) => {
  const unused = Object.keys({ ...runtime, ...optionalPeers }).filter(
    (name) => !sources.some(({ text }) => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
  )
  t.deepEqual(unused, [])
})

const stageNames = readdirSync(join(root, 'src/stages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test('a stage is a folder, one registry line and a test', (t) => {
  const registry = readSource('src/stages/builtin-stages.ts')
  const tests = sourceFiles('test')
  for (const name of stageNames) {
    const folder = `src/stages/${name}`
    t.true(existsSync(join(root, folder, 'spec.ts')), `${folder}/spec.ts declares the stage`)
    t.true(existsSync(join(root, folder, 'run.ts')), `${folder}/run.ts does its work`)
    t.is(
      registry.imports.filter(({ target }) => target === `${folder}/spec.ts`).length,
      1,
      `builtin-stages.ts names ${name} once`,
    )
    t.true(
      tests.some((file) => testsStage(file, name)),
      `a test imports from ${folder}`,
    )
  }
})

function testsStage(file: SourceFile, name: string): boolean {
  return (
    file.imports.some(({ target }) => target.startsWith(`src/stages/${name}/`)) ||
    file.text.includes(`stages/${name}/`)
  )
}

test('only the registry and the command line know single stages', (t) => {
  const wrong = sources.flatMap((file) =>
    file.imports
      .filter(({ target }) => /^src\/stages\/[a-z-]+\//.test(target))
      .filter(
        ({ target }) =>
          !file.path.startsWith(stageFolder(target) ?? target) &&
          !/^src\/(stages\/builtin-stages\.ts$|cli\/)/.test(file.path),
      )
      .map(({ target }) => `${file.path} imports ${target}`),
  )
  t.deepEqual(wrong, [])
})

/** Rooms that work for any stage: what they need to know about one is declared by its `spec.ts`. */
const generic =
  /^src\/(artefacts|cli|core|io|local-executor|manifest|math|planner|report|runner|schedulers|submission)\//

test('no room that works for any stage knows one by its name', (t) => {
  const names = stageNames.join('|')
  // A string that is a stage's name and nothing else, or a member of `stages` or `stage` of that name.
  const named = new RegExp(`'(?:${names})'|\\bstages?\\??\\.(?:${names})\\b`)
  // The command line has a command that is called like a stage.
  const command = /new Command\('[a-z]+'\)|printDocument\('[a-z]+',/
  const wrong = sources
    .filter(({ path }) => generic.test(path))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) => {
          const found = named.exec(line.replace(command, ''))?.[0]
          return found ? [`${path}:${index + 1} ${found}`] : []
        }),
    )
  t.deepEqual(wrong, [])
})

/**
 * Notes of records are for people: no byte may depend on them. Only `recorded.ts` turns those of earlier
 * versions into documents, with what these files pass to it; the report shows the remarks of an evaluation.
 */
const readsNotes = new Set([
  'src/artefacts/recorded.ts',
  'src/api/open-store.ts',
  'src/runner/task/artefact.ts',
  'src/runner/task/remarks.ts',
  'src/stages/report/build.ts',
  'src/report/sections/scores.ts',
])

test('nothing reads the notes of a record but the reader of old records, the report and the run', (t) => {
  t.deepEqual(
    sources
      .filter(
        ({ path, text }) =>
          /\.notes\b|\[['"]notes['"]\]/.test(withoutComments(text)) && !readsNotes.has(path),
      )
      .map(({ path }) => path),
    [],
  )
})
