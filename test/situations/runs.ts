import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crawlTar } from './place.js'
import type { Area } from './situation.js'

export const runs: Area = {
  area: 'Runs and stores',
  situations: [
    {
      situation: 'two manifests with the same name in one store, and `gc --delete` of one',
      does: 'what any registered run needs is kept; both verify',
      check: async (t, place) => {
        for (const [own, start] of [
          ['a', 0],
          ['b', 50],
        ] as const) {
          await place.write(`${own}/c.tar`, await crawlTar(12, start))
          await place.manifest('{ uri: c.tar }', `${own}/m.yaml`)
          const flags = ['--set', 'store=../store', '--until', 'write', '--lock', `${own}/m.lock.json`]
          t.is((await place.coterie('run', `${own}/m.yaml`, ...flags)).code, 0)
        }
        t.is((await place.coterie('gc', 'store', '--delete', '--grace', '0')).code, 0)
        t.is((await place.coterie('gc', 'store', '--delete', '--grace', '0')).code, 0)
        for (const own of ['a', 'b']) {
          const flags = ['--set', 'store=../store', '--until', 'write', '--lock', `${own}/m.lock.json`]
          const verified = await place.coterie('verify', `${own}/m.yaml`, ...flags)
          t.is(verified.code, 0, verified.err + verified.out)
        }
      },
    },
    {
      situation: 'two broken shards among many',
      does:
        'the tasks of the others are finished, both are listed, also by `status` and `logs`, exit 4; the ' +
        'next run tries only them',
      check: async (t, place) => {
        for (let i = 0; i < 5; i++) {
          const tar = await crawlTar(3, 10 * i)
          await place.write(`c/${i}.tar`, i === 1 || i === 3 ? tar.subarray(0, tar.length - 3000) : tar)
        }
        await place.manifest('{ uri: c }')
        const first = await place.coterie('run', 'm.yaml', '--until', 'ingest')
        t.is(first.code, 4)
        t.regex(first.err, /c\/1\.tar/)
        t.regex(first.err, /c\/3\.tar/)
        const { stages } = JSON.parse((await place.coterie('plan', 'm.yaml', '--json')).out) as {
          stages: { stage: string; to_run: number }[]
        }
        t.is(stages[0]?.to_run, 2)
        const status = await place.coterie('status', 'm.yaml', '--json')
        const { local_failures } = JSON.parse(status.out) as {
          local_failures: { key: string; code: string }[]
        }
        t.deepEqual(
          local_failures.map(({ code }) => code),
          ['E_TAR_TRUNCATED', 'E_TAR_TRUNCATED'],
        )
        const logs = await place.coterie('logs', `ingest/${local_failures[0]?.key}`, 'm.yaml')
        t.is(logs.code, 0)
        t.regex(logs.out, /E_TAR_TRUNCATED/)
        t.is((await place.refusal('retry', 'm.yaml')).error.code, 'E_FAILED_BEFORE')
        t.is((await place.refusal('retry', 'm.yaml', '--all')).error.code, 'E_TAR_TRUNCATED')
      },
    },
    {
      situation: 'a run with `--set`, after one without',
      does: 'has a lock of its own; that of the manifest is left as it is',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.manifest('{ uri: c.tar }')
        for (const flags of [[], ['--set', 'cluster.seed=7']])
          t.is((await place.coterie('run', 'm.yaml', '--until', 'assign', ...flags)).code, 0)
        const locks = (await readdir(place.folder)).filter((name) => name.endsWith('.lock.json'))
        t.is(locks.length, 2)
        t.true(locks.includes('m.lock.json'))
      },
    },
    {
      situation: 'the crawl is moved away or offline after a run',
      does: '`verify`, `report`, `export`, `route`, `compare` and `explain` work from the lock and the store',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(12))
        await place.manifest('{ uri: c }')
        t.is((await place.coterie('run', 'm.yaml', '--until', 'write')).code, 0)
        await rename(join(place.folder, 'c'), join(place.folder, 'elsewhere'))
        for (const command of ['verify', 'explain'])
          t.is((await place.coterie(command, 'm.yaml', '--until', 'write')).code, 0, command)
        t.is((await place.refusal('run', 'm.yaml')).error.code, 'E_INPUT_MISSING')
      },
    },
    {
      situation: 'a file of the store is gone',
      does:
        '`verify` and `status --files` name it, exit 6; `verify --repair` computes it again and proves ' +
        'it equal',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.manifest('{ uri: c.tar }')
        t.is((await place.coterie('run', 'm.yaml', '--until', 'ingest')).code, 0)
        const data = join(place.folder, 'store/ingest/data')
        const [fingerprint] = await readdir(data)
        await rm(join(data, fingerprint!, 'samples.arrow'))
        const { code, out, err } = await place.coterie('verify', 'm.yaml', '--until', 'ingest')
        t.is(code, 6)
        t.regex(out + err, /samples\.arrow/)
        t.is((await place.coterie('status', 'm.yaml', '--until', 'ingest', '--files')).code, 6)
        t.is((await place.coterie('verify', 'm.yaml', '--until', 'ingest', '--repair')).code, 0)
        t.is((await place.coterie('verify', 'm.yaml', '--until', 'ingest')).code, 0)
      },
    },
    {
      situation: 'an option is changed that does nothing, or leaves results as they are',
      does:
        'only the stage itself runs; what follows takes over the equal results, and `plan` says before ' +
        'what is certain and what depends',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.manifest('{ uri: c.tar }')
        t.is((await place.coterie('run', 'm.yaml', '--until', 'assign')).code, 0)
        const executed = async (...flags: string[]) => {
          const { out } = await place.coterie('run', 'm.yaml', '--until', 'assign', '--json', ...flags)
          const { stages } = JSON.parse(out) as { stages: { executed: number }[] }
          return stages.map((stage) => stage.executed)
        }
        t.deepEqual(await executed('--set', 'ingest.seed=5'), [0, 0, 0, 0])
        t.deepEqual(await executed('--set', 'ingest.max_characters=19999'), [1, 0, 0, 0])
        t.is((await place.coterie('verify', 'm.yaml', '--until', 'assign')).code, 0)
      },
    },
    {
      situation: 'a later version of Coterie has changed the format of the store',
      does: 'every command refuses the store (`E_STORE_FORMAT`, exit 2) before it reads anything else',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.manifest('{ uri: c.tar }')
        await place.write('store/_format.json', '{"format":99}')
        for (const command of ['plan', 'run', 'status', 'gc', 'runs']) {
          const { code, error } = await place.refusal(command, command === 'runs' ? 'store' : 'm.yaml')
          t.is(code, 2, command)
          t.is(error.code, 'E_STORE_FORMAT', command)
        }
      },
    },
  ],
}
