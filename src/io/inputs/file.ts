import type { InputFormat } from '../crawl/formats.js'
import type { ListedFile } from '../store/tree.js'

/** One file of an input. */
export interface InputFile extends ListedFile {
  /** `auto`: only its bytes tell (`detectFormat`). */
  readonly format: InputFormat | 'auto'
}
