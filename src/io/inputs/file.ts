import type { ListedFile } from '../store/tree.js'

/** One file of an input. */
export interface InputFile extends ListedFile {
  /** `auto`: only its bytes tell (`detectFormat`). */
  readonly format: ShardFormat | 'auto'
}

export type ShardFormat = 'parquet' | 'webdataset' | 'img2dataset'
