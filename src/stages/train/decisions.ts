import type { Decision } from '../../core/field.js'

interface Given {
  readonly engine?: unknown
}

/** What options decide depends on the engine: those that it does not read decide nothing. */
export const forAdapter = ({ engine }: Given): Decision => (engine === 'adapter' ? 'tasks' : 'nothing')
export const forTraining = ({ engine }: Given): Decision => (engine === 'adapter' ? 'nothing' : 'tasks')

/** Epochs are parameters of the models that they concern: longer experts leave the seed as it is. */
export const forSomeModels = ({ engine }: Given): Decision => (engine === 'adapter' ? 'nothing' : 'params')

/** open_clip is known by its version, wherever its Python is; a program of one's own by its command line. */
export const forCommand = ({ engine }: Given): Decision => (engine === 'command' ? 'tasks' : 'nothing')
