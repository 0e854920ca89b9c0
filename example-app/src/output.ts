import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { ChartError } from './errors.ts'

export const formats = ['svg', 'xlsx', 'csv', 'png'] as const
export type OutputFormat = (typeof formats)[number]

/** What a file is to be, by the end of its name. `-` is SVG on standard output. */
export function formatOf(path: string): OutputFormat {
  const ending = extname(path).slice(1).toLowerCase()
  const format = path === '-' ? 'svg' : formats.find(one => one === ending)
  if (format) return format
  throw new ChartError(
    'usage',
    ending === ''
      ? `“${path}” has no ending that says what to write.`
      : `“.${ending}” is not a kind of file that can be written.`,
    `One of ${formats.map(one => `.${one}`).join(', ')}; or - for SVG on standard output.`,
  )
}

/**
 * Writes a file whole or not at all: beside its place first, then by its name. What was there before is replaced.
 * @throws ChartError usage, prerequisite, space.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path)
  if (
    await stat(target).then(
      found => found.isDirectory(),
      () => false,
    )
  )
    throw new ChartError('usage', `${path} is a folder.`, 'Name a file in it.')
  const partial = `${target}.${process.pid}.partial`
  try {
    const file = await open(partial, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw explainWriting(error as NodeJS.ErrnoException, path)
  }
}

function explainWriting(error: NodeJS.ErrnoException, path: string): unknown {
  switch (error.code) {
    case 'ENOENT':
      return new ChartError(
        'usage',
        `There is no folder ${dirname(path)}.`,
        'Make it, or name another one in --output.',
      )
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return new ChartError('usage', `${path} cannot be the name of a file: ${error.message}.`)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ChartError(
        'prerequisite',
        `${path} may not be written: ${error.message}.`,
        'Name another place in --output.',
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return new ChartError('space', `The disk of ${path} is full.`, 'Nothing of it was written.')
    default:
      return error
  }
}
