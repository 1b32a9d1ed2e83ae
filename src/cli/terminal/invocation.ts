/** How the reader would call the command line again: in a checkout by npm, otherwise by its name. */
export function invocation(environment: NodeJS.ProcessEnv = process.env): string {
  const script = environment.npm_lifecycle_event
  if (script === 'npx') return 'npx coterie'
  return script === undefined ? 'coterie' : 'npm run -s coterie --'
}
