#!/usr/bin/env node
import { outliveTerminal } from '../core/lost-terminal.js'
import { buildProgram } from './program.js'
import { endOnClosedOutput } from './terminal/closed-output.js'
import { startWhereNpmDid } from './terminal/npm-folder.js'
import { exitFor } from './terminal/exit.js'

endOnClosedOutput()
startWhereNpmDid()
// Under nohup, or when its terminal is closed, a command goes on: it prints to what is left.
outliveTerminal()
process.exitCode = await exitFor(
  () => buildProgram().parseAsync(process.argv),
  process.argv.includes('--json'),
)
