import { Buffer } from 'node:buffer'

/** Headers that no writer of this repository makes, for tests of reading. */

export interface RawHeader {
  readonly name: string | Uint8Array
  readonly size?: number
  readonly type?: string
  /** `ustar\0` + `00` by default; `gnu` is `ustar  \0`, `v7` none. */
  readonly magic?: 'ustar' | 'gnu' | 'v7'
  readonly prefix?: string
  /** `base256` writes the size as GNU tar does for large files. */
  readonly numbers?: 'octal' | 'base256'
  /** Sum over signed bytes, as some old writers computed it. */
  readonly checksum?: 'unsigned' | 'signed'
  /** Changes fields before the checksum is taken. */
  readonly change?: (block: Buffer) => void
}

const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' }

export function rawHeader(header: RawHeader): Buffer {
  const { name, size = 0, type = '0', magic = 'ustar', prefix = '', numbers = 'octal' } = header
  const block = Buffer.alloc(512)
  block.set(Buffer.from(name).subarray(0, 100))
  block.write('0000644\0', 100)
  if (numbers === 'octal') block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  else {
    block[124] = 0x80
    block.writeUIntBE(size, 130, 6)
  }
  block.write('        ', 148)
  block.write(type, 156)
  block.write(magics[magic], 257, 'latin1')
  block.write(prefix, 345)
  header.change?.(block)
  const sum = [...block].reduce(
    (total, byte) => total + (header.checksum === 'signed' && byte > 127 ? byte - 256 : byte),
    0,
  )
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Data with zeros up to a whole block. */
export function padded(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data)
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

export function rawMember(name: string | Uint8Array, data: string, more: Partial<RawHeader> = {}): Buffer {
  return Buffer.concat([rawHeader({ name, size: Buffer.byteLength(data), ...more }), padded(data)])
}

/** `LENGTH KEYWORD=VALUE\n`, where the length counts itself. */
export function paxRecord(keyword: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), Buffer.from(value), Buffer.from('\n')])
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

/** An extended header: `x` for the next member, `g` for all, `X` as Solaris writes it. */
export function paxHeader(records: readonly Buffer[], type: 'x' | 'g' | 'X' = 'x'): Buffer {
  const body = Buffer.concat(records)
  return Buffer.concat([rawHeader({ name: 'PaxHeaders/x', size: body.length, type }), padded(body)])
}

/** GNU's long name (`L`) or long target of a link (`K`). */
export function longName(name: string | Uint8Array, type: 'L' | 'K' = 'L'): Buffer {
  const body = Buffer.concat([Buffer.from(name), Buffer.alloc(1)])
  return Buffer.concat([
    rawHeader({ name: '././@LongLink', size: body.length, type, magic: 'gnu' }),
    padded(body),
  ])
}

/** The two blocks that end an archive. */
export const endOfTar = Buffer.alloc(1024)
