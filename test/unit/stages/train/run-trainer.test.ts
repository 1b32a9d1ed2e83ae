import test from 'ava'
import { PipelineError } from '../../../../src/core/error.js'
import { silentLogger } from '../../../../src/core/log.js'
import { runTrainer } from '../../../../src/stages/train/job/run-trainer.js'
import { temporaryFolder } from '../../../fakes/folder.js'

test('a trainer is in a session of its own, which a closed terminal does not end', async (t) => {
  const command = ['sh', '-c', 'echo "process $$ of group $(ps -o pgid= -p $$ | tr -d " ")" >&2; exit 1']
  const context = {
    key: 'seed',
    signal: new AbortController().signal,
    log: silentLogger,
    progress: () => {},
    checkpoints: undefined,
  }
  const work = await temporaryFolder(t)
  const error = await t.throwsAsync(runTrainer({ command, work, context, state: undefined }), {
    instanceOf: PipelineError,
  })
  t.regex(error.excerpt ?? '', /^process (\d+) of group \1$/)
})
