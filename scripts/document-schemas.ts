import { join } from 'node:path'
import * as generator from 'typescript-json-schema'
import { byCodeUnit } from '../src/core/json.js'

export const documentFolder = 'schema/output'

/**
 * Returns the JSON Schemas of what commands print with `--json`, by file name, from the interface
 * `Documents`. They allow additional members, since later versions may add some.
 */
export function documentSchemas(root: string): Map<string, string> {
  const program = generator.getProgramFromFiles(
    [join(root, 'src/cli/json-documents.ts')],
    {
      target: 'es2022',
      lib: ['es2023'],
      types: ['node'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
    },
    root,
  )
  const schema = generator.generateSchema(program, 'Documents', {
    required: true,
    strictNullChecks: true,
    topRef: false,
    // The library has an older TypeScript, which may not support every option of this project.
    ignoreErrors: true,
  })
  if (!schema) throw new Error('src/cli/json-documents.ts has no interface Documents')
  const { properties = {}, definitions = {} } = shortNames(schema)
  return new Map(
    Object.entries(properties)
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([command, document]) => [
        `${documentFolder}/${command}.schema.json`,
        `${JSON.stringify(
          {
            $schema: 'http://json-schema.org/draft-07/schema#',
            title: `coterie ${command} --json`,
            ...(typeof document === 'object' ? document : {}),
            ...used(definitions, document),
          },
          undefined,
          2,
        )}\n`,
      ]),
  )
}

/** Renames definitions, whose names have absolute paths, to the name of the type alone. */
function shortNames(schema: generator.Definition): generator.Definition {
  const short = new Map<string, string>()
  for (const long of Object.keys(schema.definitions ?? {})) {
    const name = long
      .replaceAll(/import\([^)]*\)\./g, '')
      .replaceAll(/\W+/g, '_')
      .slice(0, 60)
    let free = name
    for (let n = 2; [...short.values()].includes(free); n++) free = `${name}${n}`
    short.set(long, free)
  }
  const renamed = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(renamed)
    if (part === null || typeof part !== 'object') return part
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) => {
        if (key === '$ref' && typeof value === 'string')
          return [key, `#/definitions/${short.get(decodeURIComponent(value.slice('#/definitions/'.length)))}`]
        if (key === 'definitions')
          return [
            key,
            Object.fromEntries(
              Object.entries(value as object).map(([name, inner]) => [
                short.get(name) ?? name,
                renamed(inner),
              ]),
            ),
          ]
        return [key, renamed(value)]
      }),
    )
  }
  return renamed(schema) as generator.Definition
}

/** The definitions that a schema refers to, directly or indirectly. */
function used(definitions: { readonly [name: string]: unknown }, schema: unknown): object {
  const found = new Map<string, unknown>()
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (found.has(name)) continue
      found.set(name, definitions[name])
      visit(definitions[name])
    }
  }
  visit(schema)
  return found.size === 0 ? {} : { definitions: Object.fromEntries(found) }
}
