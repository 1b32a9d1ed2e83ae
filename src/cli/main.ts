#!/usr/bin/env node
import { buildProgram } from './program.js'
import { exitFor } from './terminal/exit.js'

process.exitCode = await exitFor(() => buildProgram().parseAsync(process.argv))
