import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import hcl from '@cdktf/hcl2json'
import { byCodeUnit } from '../../src/core/json.js'

/** HCL as JSON: an expression is a text `${…}`, a block a list of its occurrences. */
export type Hcl = null | boolean | number | string | readonly Hcl[] | { readonly [key: string]: Hcl }
export type Body = { readonly [argument: string]: Hcl }

/** A Terraform module as its files declare it. */
export interface Module {
  readonly variables: ReadonlyMap<string, Body>
  readonly locals: ReadonlyMap<string, Hcl>
  readonly outputs: ReadonlyMap<string, Body>
  readonly calls: ReadonlyMap<string, Body>
  readonly providers: ReadonlyMap<string, Body>
  /** `type.name` → body; `data.type.name` for data sources. */
  readonly resources: ReadonlyMap<string, Body>
}

type Named = { readonly [name: string]: readonly [Body] }
type Typed = { readonly [type: string]: Named }
interface File {
  readonly locals?: readonly Body[]
  readonly variable?: Named
  readonly output?: Named
  readonly module?: Named
  readonly provider?: Named
  readonly resource?: Typed
  readonly data?: Typed
}

export async function readModule(folder: string): Promise<Module> {
  const bodies = () => new Map<string, Body>()
  const module = {
    variables: bodies(),
    locals: new Map<string, Hcl>(),
    outputs: bodies(),
    calls: bodies(),
    providers: bodies(),
    resources: bodies(),
  }
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.tf')).sort(byCodeUnit)) {
    const file = (await hcl.parse(name, await readFile(join(folder, name), 'utf8'))) as File
    for (const locals of file.locals ?? [])
      for (const [key, value] of Object.entries(locals)) module.locals.set(key, value)
    for (const [block, into] of [
      ['variable', module.variables],
      ['output', module.outputs],
      ['module', module.calls],
      ['provider', module.providers],
    ] as const) {
      for (const [key, [body]] of Object.entries(file[block] ?? {})) into.set(key, body)
    }
    for (const [block, prefix] of [
      ['resource', ''],
      ['data', 'data.'],
    ] as const) {
      for (const [type, named] of Object.entries(file[block] ?? {})) {
        for (const [key, [body]] of Object.entries(named))
          module.resources.set(`${prefix}${type}.${key}`, body)
      }
    }
  }
  return module
}

/** The text of an expression; undefined for a literal value. */
export function expressionIn(value: Hcl): string | undefined {
  return typeof value === 'string' && value.startsWith('${') && value.endsWith('}')
    ? value.slice(2, -1)
    : undefined
}
