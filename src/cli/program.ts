import { Command } from 'commander'
import { ownVersion } from '../core/package-path.js'
import { cancelCommand } from './commands/cancel.js'
import { classifyCommand } from './commands/classify.js'
import { compareCommand } from './commands/compare.js'
import { doctorCommand } from './commands/doctor.js'
import { explainCommand } from './commands/explain.js'
import { exportCommand } from './commands/export.js'
import { forgetCommand } from './commands/forget.js'
import { gcCommand } from './commands/gc.js'
import { initCommand } from './commands/init.js'
import { inspectCommand } from './commands/inspect.js'
import { logsCommand } from './commands/logs.js'
import { planCommand } from './commands/plan.js'
import { quickstartCommand } from './commands/quickstart.js'
import { reportCommand } from './commands/report.js'
import { retryCommand } from './commands/retry.js'
import { routeCommand } from './commands/route.js'
import { runCommand } from './commands/run.js'
import { runsCommand } from './commands/runs.js'
import { schemaCommand } from './commands/schema.js'
import { statusCommand } from './commands/status.js'
import { submitCommand } from './commands/submit.js'
import { taskCommand } from './commands/task.js'
import { validateCommand } from './commands/validate.js'
import { verifyCommand } from './commands/verify.js'

/**
 * The whole command line. Command modules must load fast: they import the code that does the work only when
 * the command runs, so that `--help` is instant.
 */
export function buildProgram(): Command {
  const program = new Command('coterie')
    .description('Turns a web crawl of image-caption pairs into CLIP data experts.')
    .version(ownVersion(), '-V, --version')
    .showHelpAfterError('(run `coterie --help` for the list of commands)')
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
    runsCommand(),
    forgetCommand(),
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
Exit codes: 0 done, 2 usage, 3 invalid manifest, 4 failed stage,
            5 failed scheduler or native library, 6 failed check (verify, doctor, --frozen),
            75 stopped: run again.`
