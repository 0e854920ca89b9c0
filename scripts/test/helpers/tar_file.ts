export type TarEntry = {
  /** Bytes for a name that is not UTF-8. */
  path: string | Buffer
  /** The letter of the header: 0 a file, 1 a hard link, 2 a symbolic link, 5 a folder. */
  type?: string
  content?: string | Buffer
  link?: string
}

const block = 512
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

/** A tar archive with exactly these entries, however unfit: no library writes them. */
export const tarOf = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([...entries.map(bytesOf), Buffer.alloc(2 * block)])

function bytesOf({ path, type = '0', content = '', link = '' }: TarEntry): Buffer {
  const body = Buffer.from(content)
  const header = Buffer.alloc(block)
  const put = (value: string | Buffer, at: number) => Buffer.from(value).copy(header, at)
  put(path, 0)
  put(octal(0o600, 8), 100)
  put(octal(0, 8), 108)
  put(octal(0, 8), 116)
  put(octal(body.length, 12), 124)
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
