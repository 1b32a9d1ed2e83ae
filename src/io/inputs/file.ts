import type { ShardReading } from '../../core/shard-reading.js'
import type { InputFormat } from '../crawl/formats.js'
import type { ListedFile } from '../store/tree.js'

/** One file of an input. */
export interface InputFile extends ListedFile {
  /** `auto`: only its bytes tell (`detectFormat`). */
  readonly format: InputFormat | 'auto'
  /** The `KEY=VALUE` folders above it. */
  readonly partitions?: ShardReading['partitions']
  /** Whether img2dataset's statistics of this name are next to it, without the tar that they describe. */
  readonly described?: boolean | undefined
}
