/** The command to suggest to the user: `npm run` in a checkout, `npx` if started by it, else `coterie`. */
export function invocation(environment: NodeJS.ProcessEnv = process.env): string {
  const script = environment.npm_lifecycle_event
  if (script === 'npx') return 'npx coterie'
  return script === undefined ? 'coterie' : 'npm run -s coterie --'
}
