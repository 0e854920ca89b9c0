import { readFile, rename, writeFile } from 'node:fs/promises'
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
  // The file knows no escape for its quotes, so the spelling is the first one that reads back as the value.
  const after = spellings(value)
    .map(spelling => withLine(before, name, `${name}=${spelling}`))
    .find(text => parse(text)[name] === value)
  if (after === undefined) {
    throw new ToolkitError('usage', {
      what: `The value of ${name} cannot be written into ${file}.`,
      why: 'It holds every kind of quotation mark, with # or line ends or spaces at its ends.',
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

/** In the place of the variable's line, of each of them where there are several, or at the end. */
function withLine(text: string, name: string, line: string): string {
  const pattern = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'gm')
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  return pattern.test(text) ? text.replace(pattern, () => line) : `${text}${separator}${line}\n`
}
