import { PipelineError } from '../core/error.js'
import { digestOfPackage, importPackage, requirePackage } from '../core/optional-package.js'
import { ownVersion } from '../core/package-path.js'
import type { PicturePackage } from './pair.js'

/** The package that holds the quickstart's pictures, and what identifies it in the corpus. */
export interface Pictures {
  readonly from: PicturePackage
  readonly identity: { readonly name: string; readonly version: string; readonly digest: string }
}

/** Throws `E_PACKAGE_MISSING`, or `E_PACKAGE_VERSION` for a package of a different release. */
export async function openPictures(): Promise<Pictures> {
  const installed = requirePackage('coterie-quickstart', { purpose: '`coterie quickstart`' })
  const { name, version } = installed
  if (version !== ownVersion()) {
    throw new PipelineError({
      code: 'E_PACKAGE_VERSION',
      failure: 'usage',
      message: `${name} is from a different release than coterie`,
      place: installed.folder,
      expected: ownVersion(),
      found: version,
      hint: `run \`npm install ${name}@${ownVersion()}\``,
    })
  }
  return {
    from: await importPackage<PicturePackage>(installed),
    identity: { name, version, digest: digestOfPackage(installed) },
  }
}
