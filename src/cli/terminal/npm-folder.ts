/**
 * `npm run coterie` changes to the folder of the package; relative paths are meant from where it was called.
 * The variables are removed, so that no task takes them for its own.
 */
export function startWhereNpmDid(): void {
  const { npm_lifecycle_event: script, npm_package_name: name, INIT_CWD: folder } = process.env
  if (script !== 'coterie' || name !== 'coterie' || folder === undefined) return
  process.chdir(folder)
  delete process.env.INIT_CWD
}
