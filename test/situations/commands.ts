import { crawlTar } from './place.js'
import type { Area } from './situation.js'

export const commands: Area = {
  area: 'Commands',
  situations: [
    {
      situation: 'a scheme of another tool (`hf://`, `gs://`, `az://`, …)',
      does: '`validate` refuses it and says how to get at the data',
      check: async (t, place) => {
        for (const scheme of ['hf', 'gs', 'az', 'http']) {
          await place.manifest(`{ uri: '${scheme}://bucket/crawl' }`)
          const { code, out } = await place.coterie('validate', 'm.yaml')
          t.is(code, 3, scheme)
          t.regex(out, /hint:/)
        }
      },
    },
    {
      situation: 'a command with `--json` fails',
      does: 'one document with code, place and hint on standard output, and a sentence on standard error',
      check: async (t, place) => {
        await place.manifest('{ uri: nowhere }')
        for (const args of [
          ['plan', 'm.yaml'],
          ['run', 'missing.yaml'],
          ['verify', 'm.yaml'],
          ['plan', 'm.yaml', '--no-such-flag'],
        ]) {
          const { code, error, err } = await place.refusal(...args)
          t.not(code, 0)
          t.regex(error.code ?? '', /^E_/)
          t.not(error.code, 'E_UNEXPECTED')
          t.not(err, '')
        }
      },
    },
    {
      situation: 'the manifest is in a folder that may not be written',
      does: 'a lock that cannot be written is found before anything runs; `--lock` names another place',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.manifest('{ uri: c.tar }')
        const refused = await place.refusal('run', 'm.yaml', '--lock', 'no/such/folder/m.lock.json')
        t.is(refused.code, 2)
        t.is(refused.error.code, 'E_LOCK_LOCATION')
        const { code } = await place.coterie('run', 'm.yaml', '--until', 'ingest', '--lock', 'x.lock.json')
        t.is(code, 0)
      },
    },
  ],
}
