/**
 * AssemblyScript: loops over vectors that JavaScript cannot give to vector units. `npm run gen` compiles them
 * into `src/math/kernels/code.ts`; arrays are given by their offset in the memory of
 * `src/math/kernels/workspace.ts`, numbers in bytes. Every operation rounds alike on every CPU.
 */
export { distances } from './distance'
export { quantise, refine } from './integers'
export { widen } from './widen'
