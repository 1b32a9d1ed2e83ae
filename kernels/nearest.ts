export { distances } from './distance'
export { quantise, refine } from './integers'
