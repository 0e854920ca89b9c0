import { readFile, rename, writeFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { ToolkitError } from '../errors.ts'

/**
 * Sets one variable in a .env file and leaves every other line as it is. The file is replaced whole, mode 0600:
 * it holds passwords.
 * @throws ToolkitError usage where no line of such a file can hold the value.
 */
export async function setDotenvVariable(file: string, name: string, value: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const { parse } = (await import('dotenv')).default
  const wanted = { ...parse(before), [name]: value }
  // The file knows no escape for its quotes, so the spelling is the first one with which everything reads as it should.
  const after = spellings(value)
    .flatMap(spelling => placements(before, name, `${name}=${spelling}`))
    .find(text => isDeepStrictEqual({ ...parse(text) }, wanted))
  if (after === undefined) {
    throw new ToolkitError('usage', {
      what: `The value of ${name} cannot be written into ${file}.`,
      why: 'It holds every kind of quotation mark, with # or line ends or spaces at its ends; or quotes in the file do not end.',
      hint: `Write it into a file of its own (mode 0600), and name that one in ${name}_FILE.`,
    })
  }
  await writeFile(`${file}.partial`, after, { mode: 0o600 })
  await rename(`${file}.partial`, file)
}

const spellings = (value: string): string[] => [
  ...(/^[\w./:@%+,-]*$/.test(value) ? [value] : []),
  ...["'", '`', '"', ''].map(quote => `${quote}${value}${quote}`),
]

const quoted = `'(?:\\\\'|[^'])*'|"(?:\\\\"|[^"])*"|\`(?:\\\\\`|[^\`])*\``

/**
 * In the place of the variable's line, of each of them where there are several, and of all lines of a value that has
 * more than one; else at the end, where the last one counts.
 */
function placements(text: string, name: string, line: string): string[] {
  const begin = `^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=`
  const patterns = [new RegExp(`${begin}[ \\t]*(?:${quoted})?.*$`, 'gm'), new RegExp(`${begin}.*$`, 'gm')]
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  return [...patterns.map(pattern => text.replace(pattern, () => line)), `${text}${separator}${line}\n`]
}
