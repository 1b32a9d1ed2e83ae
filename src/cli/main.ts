#!/usr/bin/env node
import { buildProgram } from './program.js'
import { endOnClosedOutput } from './terminal/closed-output.js'
import { exitFor } from './terminal/exit.js'

endOnClosedOutput()
process.exitCode = await exitFor(() => buildProgram().parseAsync(process.argv))
