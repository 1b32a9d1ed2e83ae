/** A picture with its words before it is drawn. Everything here comes from a package; nothing is made up. */
export interface Pair {
  /** Unique in the corpus: `emoji/cat-face`. */
  readonly id: string
  readonly source: SourceName
  /** `name@version` of the package that holds the picture. */
  readonly from: string
  readonly caption: string
  /** The kind of thing it shows, in the package's own words; null if the package has no kinds. */
  readonly label: string | null
  /**
   * Shared by near-twins (skin tones of one emoji, outline and filled icon), so that a hold-out keeps them on
   * one side.
   */
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
