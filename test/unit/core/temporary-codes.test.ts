import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { stoppedCodes, temporaryCodes } from '../../../src/core/temporary-codes.js'
import { sourceFiles } from '../../source-tree.js'

test('what ends with exit code 75 was stopped, or has a code that is declared temporary', (t) => {
  const declared = new Set([...Object.keys(temporaryCodes), ...stoppedCodes])
  let found = 0
  for (const { path, text } of sourceFiles('src'))
    for (const [, code] of text.matchAll(/code: '(E_[A-Z_]+)',\s*failure: 'retry'/g)) {
      found += 1
      t.true(declared.has(code as string), `${code} in ${path}`)
    }
  t.true(found > 5)
})

test('a temporary error ends with exit code 75, wherever it is made', (t) => {
  t.is(new PipelineError({ code: 'E_CONNECTION_LOST', message: '' }).exitCode, 75)
  const stale = PipelineError.from(Object.assign(new Error('stale'), { code: 'ESTALE' }))
  t.true(stale.temporary)
  t.false(new PipelineError({ code: 'E_SHORT_READ', message: '' }).temporary)
})
