import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { cancelCommand } from './cancel.js'
import { classifyCommand } from './classify.js'
import { compareCommand } from './compare.js'
import { doctorCommand } from './doctor.js'
import { explainCommand } from './explain.js'
import { exportCommand } from './export.js'
import { gcCommand } from './gc.js'
import { initCommand } from './init.js'
import { inspectCommand } from './inspect.js'
import { logsCommand } from './logs.js'
import { planCommand } from './plan.js'
import { quickstartCommand } from './quickstart.js'
import { reportCommand } from './report.js'
import { retryCommand } from './retry.js'
import { routeCommand } from './route.js'
import { runCommand } from './run.js'
import { schemaCommand } from './schema.js'
import { statusCommand } from './status.js'
import { submitCommand } from './submit.js'
import { taskCommand } from './task.js'
import { validateCommand } from './validate.js'
import { verifyCommand } from './verify.js'

/**
 * The whole command line. Command modules must stay light: what does the work is imported when the command runs, so that
 * `--help` answers at once.
 */
export function buildProgram(): Command {
  const program = new Command('coterie')
    .description('Turns a web crawl of image-caption pairs into CLIP data experts.')
    .version(version(), '-V, --version')
    .showHelpAfterError('(coterie --help shows the commands)')
    .showSuggestionAfterError()
    .addHelpText('after', exitCodes)
  for (const command of [
    quickstartCommand(),
    initCommand(),
    validateCommand(),
    planCommand(),
    runCommand(),
    submitCommand(),
    statusCommand(),
    cancelCommand(),
    retryCommand(),
    logsCommand(),
    explainCommand(),
    verifyCommand(),
    reportCommand(),
    compareCommand(),
    inspectCommand(),
    routeCommand(),
    exportCommand(),
    classifyCommand(),
    doctorCommand(),
    gcCommand(),
    schemaCommand(),
  ]) {
    program.addCommand(command)
  }
  program.addCommand(taskCommand(), { hidden: true })
  for (const command of [program, ...program.commands]) command.exitOverride()
  return program
}

const exitCodes = `
Results go to standard output, everything else to standard error.
Exit codes: 0 done, 2 usage, 3 invalid manifest, 4 failed stage, 5 executor,
            6 a check said no (verify, doctor, frozen), 75 stopped: run again.`

function version(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
