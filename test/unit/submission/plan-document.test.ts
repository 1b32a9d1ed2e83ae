import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { loadProfile, type Profile } from '../../../src/manifest/profile.js'
import { explainPlan } from '../../../src/planner/explain.js'
import { Learned } from '../../../src/runner/learned.js'
import { manifestPlugins } from '../../../src/runner/manifest-plugins.js'
import { schedulers } from '../../../src/schedulers/table.js'
import { planDocument } from '../../../src/submission/plan-document.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'
import { planGolden } from '../../fakes/golden-plan.js'

const prices = { currency: 'EUR', cpu_hour: 0.05, memory_gigabyte_hour: 0.01, gpu_hour: 2.5 }

async function documentOf(change: (profile: Profile) => Profile, name = 'slurm') {
  const profile = await loadProfile(name, {})
  const plan = await planGolden({
    manifest: 'quickstart',
    train: { engine: 'open_clip', gpus: 4, workers: 1, batch_size: 64 },
  })
  const store = await mkdtemp(join(tmpdir(), 'coterie-test-'))
  return planDocument(
    {
      path: 'run.yaml',
      plan,
      until: undefined,
      setup: { store, log_level: 'warn' },
      workers: undefined,
      profile: profile && change(profile),
      stages: builtinStages,
      plugins: manifestPlugins({}),
      schedulers,
      keepPlugins: () => Promise.resolve(),
      done: new Set(),
      foreseen: { certain: new Map(), depends: new Map(), entries: async () => [] },
      skipped: [],
      warnings: [],
      learned: await Learned.open('/nowhere'),
      reasons: explainPlan(plan, new Set(), undefined),
      remember: () => Promise.resolve(),
    },
    false,
  )
}

const priced = (profile: Profile): Profile => ({
  ...profile,
  prices,
  // An element may hold several models then, of which the longest decides what all of them ask for.
  jobs: { ...profile.jobs, element_minutes: 600 },
})
const sum = (numbers: readonly (number | null)[]) => numbers.reduce<number>((a, b) => a + (b ?? NaN), 0)
const close = (a: number, b: number) => Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(b))

test('models cost what the arrays cost that they are in, by the prices of the profile', async (t) => {
  const view = await documentOf(priced)
  t.true('arrays' in view)
  if (!('arrays' in view)) return
  const trained = view.arrays.filter(({ stage, gpus }) => stage === 'train' && gpus > 0)
  t.true(trained.length > 1 && view.training.length > 10)
  t.true(close(sum(view.training.map(({ price }) => price)), sum(trained.map(({ price }) => price))))
  t.true(close(sum(view.arrays.map(({ price }) => price)), view.price ?? NaN))
  t.true(view.training.every(({ currency }) => currency === view.currency && currency === 'EUR'))
})

test('a profile that runs tasks on this machine has prices, too', async (t) => {
  const view = await documentOf(priced, 'local')
  t.false('arrays' in view)
  t.true(view.training.every(({ price, gpu_hours }) => price !== null && price > gpu_hours * prices.gpu_hour))
})

test('without prices in the profile, or without one, nothing has a price', async (t) => {
  const view = await documentOf((profile) => profile)
  t.true('arrays' in view && view.price === null && view.arrays.every(({ price }) => price === null))
  t.true(view.training.every(({ price, currency }) => price === null && currency === 'USD'))
})
