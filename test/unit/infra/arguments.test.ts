import { readFileSync } from 'node:fs'
import test from 'ava'
import type { Body, Hcl, Module } from '../../../scripts/infra/module.js'
import { batch, gpu, identity, minimal, storage } from './modules.js'

/** Written by `scripts/infra/provider-arguments.ts`. */
interface Published {
  readonly [argument: string]: { readonly required: boolean; readonly block?: Published }
}
const { resources: published } = JSON.parse(
  readFileSync(new URL('./provider-arguments.json', import.meta.url), 'utf8'),
) as { resources: { readonly [type: string]: Published } }

const modules: { readonly [name: string]: Module } = { storage, identity, batch, minimal, gpu }
const meta = new Set(['for_each', 'count', 'depends_on', 'lifecycle', 'provider'])

for (const [name, module] of Object.entries(modules)) {
  test(`${name}: no argument is misspelt, no required one is missing`, (t) => {
    t.true(module.resources.size > 0 || module.calls.size > 0)
    const wrong = [...module.resources].flatMap(([address, body]) => {
      const type = address.split('.').slice(0, -1).join('.')
      const known = published[type]
      return known
        ? mistakes(body, known, address)
        : [`${address}: no published arguments; run scripts/infra/provider-arguments.ts`]
    })
    t.deepEqual(wrong, [])
  })

  test(`${name}: every variable and output has a description, every variable is used`, (t) => {
    for (const [variable, body] of [...module.variables, ...module.outputs])
      t.regex(String(body.description), /./, variable)
    const text = JSON.stringify([
      [...module.resources],
      [...module.locals],
      [...module.outputs],
      [...module.calls],
      [...module.providers],
    ])
    t.deepEqual(
      [...module.variables.keys()].filter((variable) => !new RegExp(`\\bvar\\.${variable}\\b`).test(text)),
      [],
    )
  })
}

for (const [name, module] of Object.entries({ minimal, gpu })) {
  test(`example ${name}: passes each module what it requires, and nothing unknown`, (t) => {
    t.deepEqual([...module.calls.keys()].sort(), ['batch', 'identity', 'storage'])
    for (const [call, { source, ...given }] of module.calls) {
      const called = modules[call]!
      t.is(source, `../../modules/${call}`)
      t.deepEqual(
        Object.keys(given).filter((key) => !called.variables.has(key)),
        [],
      )
      t.deepEqual(
        [...called.variables].flatMap(([key, body]) =>
          body.default === undefined && !(key in given) ? [key] : [],
        ),
        [],
      )
      for (const [, of, output] of JSON.stringify(given).matchAll(/module\.(\w+)\.(\w+)/g))
        t.true(modules[of!]!.outputs.has(output!), `${of}.${output}`)
    }
    for (const { value } of module.outputs.values()) {
      const [, of, output] = /module\.(\w+)\.(\w+)/.exec(String(value)) ?? []
      t.true(modules[of!]!.outputs.has(output!))
    }
  })
}

test('a misspelt argument would be found', (t) => {
  const known = published.aws_batch_job_queue!
  const blocks = { compute_environment_order: [{ order: 1, compute_environmnt: 'x' }] } as unknown as Body
  t.deepEqual(mistakes({ name: 'x', state: 'ENABLED', ...blocks }, known, 'q'), [
    'q.priority is missing',
    'q.compute_environment_order.compute_environment is missing',
    'q.compute_environment_order.compute_environmnt is not known',
  ])
})

function mistakes(body: Body, known: Published, place: string): string[] {
  const { dynamic, ...rest } = body
  const contents = Object.entries((dynamic ?? {}) as { [block: string]: { content: Hcl }[] }).map(
    ([block, [one]]) => [block, one!.content] as const,
  )
  const given = { ...rest, ...Object.fromEntries(contents) } as { [argument: string]: Hcl }
  const missing = Object.entries(known).flatMap(([argument, { required }]) =>
    required && !(argument in given) ? [`${place}.${argument} is missing`] : [],
  )
  const wrong = Object.entries(given).flatMap(([argument, value]) => {
    if (meta.has(argument)) return []
    const one = known[argument]
    if (!one) return [`${place}.${argument} is not known`]
    return one.block && Array.isArray(value)
      ? value.flatMap((block) => mistakes(block as Body, one.block!, `${place}.${argument}`))
      : []
  })
  return [...missing, ...wrong]
}
