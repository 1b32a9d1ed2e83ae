import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { byCodeUnit } from '../../src/core/json.js'
import { readModule } from './module.js'

/**
 * Writes the arguments that the AWS provider has for the resources used by the modules, from the types of the
 * npm package `@cdktf/provider-aws` (37 MB, therefore not a dependency). Run it when a module uses another
 * resource.
 */
const version = '21.22.1'
const root = fileURLToPath(new URL('../../', import.meta.url))

/** By argument: whether it is required, and the arguments inside if it is a block. */
interface Published {
  [argument: string]: { required: boolean; block?: Published }
}

const folders = ['modules/storage', 'modules/identity', 'modules/batch', 'examples/minimal', 'examples/gpu']
const used = new Set<string>()
for (const folder of folders) {
  const { resources } = await readModule(join(root, 'infra/terraform', folder))
  for (const address of resources.keys()) used.add(address.split('.').slice(0, -1).join('.'))
}

const scratch = mkdtempSync(join(tmpdir(), 'coterie-provider-'))
try {
  execFileSync('npm', ['pack', '--silent', `@cdktf/provider-aws@${version}`], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  execFileSync('tar', ['xzf', `cdktf-provider-aws-${version}.tgz`, 'package/package.json', 'package/lib'], {
    cwd: scratch,
  })
  const own = JSON.parse(readFileSync(join(scratch, 'package/package.json'), 'utf8'))
  const resources = [...used]
    .sort(byCodeUnit)
    .map((type) => `    ${JSON.stringify(type)}: ${JSON.stringify(publishedFor(type))}`)
  const file = join(root, 'test/unit/infra/provider-arguments.json')
  const head =
    `  "package": "@cdktf/provider-aws ${version}",\n  "provider": ` +
    `"hashicorp/aws ${own.cdktf.provider.version}",\n`
  writeFileSync(file, `{\n${head}  "resources": {\n${resources.join(',\n')}\n  }\n}\n`)
  console.error(`${resources.length} resources and data sources in ${file}`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function publishedFor(type: string): Published {
  const folder = type.replace('data.aws_', 'data-aws-').replace(/^aws_/, '').replaceAll('_', '-')
  const text = readFileSync(join(scratch, 'package/lib', folder, 'index.d.ts'), 'utf8')
  const interfaces = new Map(
    [...text.matchAll(/export interface (\w+)(?: extends [\w.]+)? \{\n([\s\S]*?)\n\}/g)].map(
      ([, name, body]) => [String(name), String(body)],
    ),
  )
  const config = [...interfaces.keys()].find(
    (name) => name.endsWith('Config') && interfaces.size > 0 && text.includes(`config: ${name}`),
  )
  const top = config ?? [...interfaces.keys()].find((name) => text.includes(`config?: ${name}`))
  if (!top) throw new Error(`no arguments of ${type}`)
  return membersOf(interfaces.get(top) ?? '', interfaces)
}

function membersOf(body: string, interfaces: ReadonlyMap<string, string>): Published {
  const members: Published = {}
  for (const [, argument, optional, type] of body.matchAll(
    /#(\w+) \w+#\w+\}[\s\S]*?readonly \w+(\??): ([^;]+);/g,
  )) {
    const inner = [...interfaces.keys()].find((name) => new RegExp(`\\b${name}\\b`).test(String(type)))
    members[String(argument)] = {
      required: optional === '',
      ...(inner ? { block: membersOf(interfaces.get(inner) ?? '', interfaces) } : {}),
    }
  }
  return members
}
