import { createReadStream } from 'node:fs'

/** No line of PostgreSQL's is near as long; without a limit a file of zeros would fill the memory. */
const longest = 1 << 20
const lineEnd = 10

/** A line without its end; the last one may have none. */
export type Line = { bytes: Buffer; ended: boolean }

/**
 * Reads a file line by line, as bytes: a line ends at a line feed and nowhere else.
 * @throws Error where a line is longer than any can be.
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    const text = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let from = 0
    for (let to = text.indexOf(lineEnd); to !== -1; to = text.indexOf(lineEnd, from)) {
      yield { bytes: text.subarray(from, to), ended: true }
      from = to + 1
    }
    rest = text.subarray(from)
    if (rest.length > longest) throw new Error('it holds a line that is longer than any can be')
  }
  if (rest.length > 0) yield { bytes: rest, ended: false }
}
