import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { usableCores } from '../../../src/core/usable-cores.js'

/** Control groups as the kernel shows them: `self` is `/proc/self/cgroup`, the others are below the root. */
async function coresIn(t: ExecutionContext, self: string, files: { readonly [path: string]: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-groups-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'self'), self)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return usableCores(16, { groups: join(folder, 'self'), root: folder })
}

test('without a quota, all offered cores are used', async (t) => {
  t.is(await coresIn(t, '0::/\n', { 'cpu.max': 'max 100000\n' }), 16)
  t.is(await coresIn(t, '4:cpu,cpuacct:/a\n', { 'cpu/a/cpu.cfs_quota_us': '-1\n' }), 16)
  t.is(usableCores(16, { groups: '/nowhere', root: '/nowhere' }), 16)
})

test('the smallest quota among a group and those above it counts', async (t) => {
  const files = {
    'a/b/cpu.max': 'max 100000\n',
    'a/cpu.max': '250000 100000\n',
    'cpu.max': '800000 100000\n',
  }
  t.is(await coresIn(t, '0::/a/b\n', files), 2)
  t.is(await coresIn(t, '0::/\n', { 'cpu.max': '50000 100000\n' }), 1, 'at least one')
  t.is(await coresIn(t, '0::/\n', { 'cpu.max': '6400000 100000\n' }), 16, 'never more than there are')
})

test('quotas of version 1 are read at the group, or at the root of a container', async (t) => {
  const self = '7:memory:/x\n4:cpu,cpuacct:/docker/123\n'
  const quota = (folder: string) => ({
    [`${folder}/cpu.cfs_quota_us`]: '300000\n',
    [`${folder}/cpu.cfs_period_us`]: '100000\n',
  })
  t.is(await coresIn(t, self, quota('cpu/docker/123')), 3)
  t.is(await coresIn(t, self, quota('cpu,cpuacct')), 3)
})
