import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Body, Hcl, Module } from '../../../scripts/infra/module.js'
import { requirements, testWith } from '../../requires.js'
import { account, EvaluatedModule, type Value } from './evaluate-module.js'
import {
  batch,
  batchGiven,
  bucketArn,
  gpuGiven,
  identity,
  identityGiven,
  storage,
  terraformFolder,
} from './modules.js'

const test = testWith([requirements.terraform])

test('files are formatted', (t) => {
  t.is(
    execFileSync('terraform', ['fmt', '-check', '-recursive', terraformFolder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
    '',
  )
})

const cases: [string, Module, { [variable: string]: Value }][] = [
  ['storage', storage, { bucket: 'team' }],
  [
    'storage with a key',
    storage,
    {
      bucket: 'team',
      kms_key_arn: 'arn:aws:kms:x:1:key/k',
      log_bucket: 'logs',
      gateway_endpoint: { vpc_id: 'vpc-1', route_table_ids: ['rtb-1'] },
    },
  ],
  ['identity', identity, identityGiven],
  ['identity, least', identity, { bucket_arn: bucketArn }],
  ['batch', batch, batchGiven],
  ['batch with GPUs', batch, gpuGiven],
]
for (const [name, module, given] of cases) {
  test(`terraform evaluates the expressions of ${name} as these tests do`, (t) => {
    const evaluated = new EvaluatedModule(module, given)
    const expected: { [name: string]: Value } = Object.fromEntries(
      [...module.locals.keys()].map((key) => [key, evaluated.local(key)]),
    )
    const wanted: { [name: string]: Hcl } = Object.fromEntries(
      [...module.locals.keys()].map((key) => [key, `\${local.${key}}`]),
    )
    for (const [address, { depends_on: _, lifecycle: __, ...body }] of module.resources) {
      const own = evaluated.module.resources.get(address) as Body
      if (address.startsWith('data.') || ['for_each', 'count', 'dynamic'].some((key) => key in own)) continue
      const key = address.replace('.', '_')
      wanted[key] = body as Hcl
      expected[key] = Object.fromEntries(
        Object.keys(body).map((argument) => [
          argument,
          (evaluated.resource(address) as { [argument: string]: Value })[argument] as Value,
        ]),
      )
    }
    const found = terraformOutputs(t, module, evaluated, given, wanted)
    for (const key of Object.keys(wanted))
      t.deepEqual(plain(found[key] as Value), plain(expected[key] as Value), key)
  })
}

/**
 * Evaluates a module's variables and locals by Terraform, without a provider: what resources give is written
 * down in their place.
 */
function terraformOutputs(
  t: ExecutionContext,
  module: Module,
  evaluated: EvaluatedModule,
  given: { [variable: string]: Value },
  wanted: { [name: string]: Hcl },
) {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-terraform-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const made: { [address: string]: Value } = Object.fromEntries(
    Object.entries(account).map(([type, value]) => [`data.${type}.this`, value]),
  )
  for (const address of module.resources.keys())
    if (!address.startsWith('data.')) made[address] = literal(evaluated.resource(address))
  const replaced = (value: unknown) =>
    JSON.parse(
      JSON.stringify(value).replace(/\b(data\.)?aws_[a-z0-9_]+\.[a-z0-9_]+\b/g, (address) =>
        address in made ? `local.made_${address.replaceAll('.', '_')}` : address,
      ),
    ) as Hcl
  const variables = Object.fromEntries(
    [...module.variables].map(([name, { type, description: _, ...rest }]) => [
      name,
      { ...rest, type: String(type).slice(2, -1) },
    ]),
  )
  const locals = {
    ...(replaced(Object.fromEntries(module.locals)) as object),
    ...Object.fromEntries(
      Object.entries(made).map(([address, value]) => [`made_${address.replaceAll('.', '_')}`, value]),
    ),
  }
  const outputs = Object.fromEntries(
    Object.entries(wanted).map(([name]) => [name, { value: `\${jsonencode(local.wanted_${name})}` }]),
  )
  const asked = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [`wanted_${name}`, replaced(value)]),
  )
  writeFileSync(
    join(folder, 'main.tf.json'),
    JSON.stringify({ variable: variables, locals: { ...locals, ...asked }, output: outputs }),
  )
  writeFileSync(join(folder, 'given.auto.tfvars.json'), JSON.stringify(given))
  const terraform = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('terraform', [`-chdir=${folder}`, ...args], {
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    })
    if (status !== 0) throw new Error(stderr)
    return stdout
  }
  terraform('init', '-backend=false')
  terraform('apply', '-auto-approve', '-no-color')
  const found = JSON.parse(terraform('output', '-json')) as { [name: string]: { value: string } }
  return Object.fromEntries(
    Object.entries(found).map(([name, { value }]) => [name, JSON.parse(value) as Value]),
  )
}

/** A text that Terraform does not take for a template. */
function literal(value: Value): Value {
  return JSON.parse(JSON.stringify(value).replaceAll('${', '$${')) as Value
}

/** JSON of the same meaning: encoded texts are decoded, so that the order of their members does not count. */
function plain(value: Value): unknown {
  if (typeof value === 'string' && value.startsWith('{')) return plain(JSON.parse(value) as Value)
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, plain(item as Value)]),
    )
  return value
}
