/** One training set, over all groups. */
export interface CatalogueSet {
  /** `expert-00`, …, `holdout`. */
  readonly name: string
  readonly own: number
  readonly ooc: number
  readonly bytes: number
  /** Extensions of the images. */
  readonly formats: readonly string[]
  readonly files: readonly CatalogueFile[]
}

export interface CatalogueFile {
  /** Relative to the folder `data` of the stage: `<fingerprint>/expert-00/00000.tar`. */
  readonly path: string
  readonly rows: number
  readonly size: number
  readonly sha256: string
}
