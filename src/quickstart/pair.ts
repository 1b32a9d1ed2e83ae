/**
 * The interface of the package `coterie-quickstart`, which declares the same shapes; a test keeps the two in
 * step.
 */
export interface PicturePackage {
  /** The pairs of each source, in a fixed order. */
  pairsBySource(draw: (purpose: string, name: string) => number): Pair[][]
  /** `name@version` of every package that pictures or words come from. */
  packageIdentities(): string[]
}

/** A picture with its words before it is drawn. */
export interface Pair {
  /** Unique in the corpus: `emoji/cat-face`. */
  readonly id: string
  readonly source: SourceName
  /** `name@version` of the package that holds the picture. */
  readonly from: string
  readonly caption: string
  /** The kind of thing it shows; null if the package has no kinds. */
  readonly label: string | null
  /** Shared by near-twins, so that a hold-out keeps them on one side. */
  readonly group: string
  readonly drawing: SvgDrawing
  /** Background; white if omitted. */
  readonly ground?: 'dark'
}

/** The inside of an SVG document and the part of its plane that is the picture. */
export interface SvgDrawing {
  readonly body: string
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export const sourceNames = ['emoji', 'flags', 'icons', 'logos'] as const
export type SourceName = (typeof sourceNames)[number]
