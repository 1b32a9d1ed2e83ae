import type { Decision } from '../../core/field.js'

interface Given {
  readonly engine?: unknown
}

/** What an option decides depends on the engine: options that the engine does not read decide nothing. */
export const forAdapter = ({ engine }: Given): Decision => (engine === 'adapter' ? 'tasks' : 'nothing')
export const forTraining = ({ engine }: Given): Decision => (engine === 'adapter' ? 'nothing' : 'tasks')

/**
 * Epochs are parameters of the models that they concern: training experts longer does not change the seed.
 */
export const forSomeModels = ({ engine }: Given): Decision => (engine === 'adapter' ? 'nothing' : 'params')

/**
 * open_clip is identified by its version, not the path of its Python; a custom program by its command line.
 */
export const forCommand = ({ engine }: Given): Decision => (engine === 'command' ? 'tasks' : 'nothing')
