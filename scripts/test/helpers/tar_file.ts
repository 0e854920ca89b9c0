export type TarEntry = {
  /** Bytes for a name that is not UTF-8. */
  path: string | Buffer
  /** The letter of the header: 0 a file, 1 a hard link, 2 a symbolic link, 5 a folder. */
  type?: string
  content?: string | Buffer
  link?: string
  /** What the header claims, where that is not what follows. */
  bytes?: number
}

const block = 512
/** From 8 GB on as a binary number, as GNU tar does it. */
function sizeField(bytes: number): Buffer {
  if (bytes < 8 ** 11) return Buffer.from(octal(bytes, 12))
  const field = Buffer.alloc(12)
  field.writeBigUInt64BE(BigInt(bytes), 4)
  field.writeUInt8(0x80, 0)
  return field
}
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

/** A tar archive with exactly these entries, however unfit: no library writes them. */
export const tarOf = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([...entries.map(entryBytes), Buffer.alloc(2 * block)])

/** An extended header (x), for the next entry, or a global one (g). */
export const paxHeader = (fields: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): TarEntry => ({
  path: 'PaxHeader',
  type,
  content: Object.entries(fields).map(paxLine).join(''),
})

/** A line begins with its own length, these digits included. */
function paxLine([key, value]: [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + 1
  while (rest + String(length).length !== length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

/** One entry: its header and its content, filled up to a whole block. */
export function entryBytes({ path, type = '0', content = '', link = '', bytes }: TarEntry): Buffer {
  const body = Buffer.from(content)
  const header = Buffer.alloc(block)
  const put = (value: string | Buffer, at: number) => Buffer.from(value).copy(header, at)
  put(path, 0)
  put(octal(0o600, 8), 100)
  put(octal(0, 8), 108)
  put(octal(0, 8), 116)
  put(sizeField(bytes ?? body.length), 124)
  put(octal(0, 12), 136)
  put(' '.repeat(8), 148)
  put(type, 156)
  put(link, 157)
  put('ustar\x0000', 257)
  put(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      8,
    ),
    148,
  )
  return Buffer.concat([header, body, Buffer.alloc((block - (body.length % block)) % block)])
}
