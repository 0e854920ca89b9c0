import { access, constants, readFile, rm } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { renameDurably, writeDurableFile } from '../catalog/durable.ts'
import { isDiskFull, ToolkitError } from '../errors.ts'
import { shellWord } from '../terminal/shell_words.ts'

/** A .env file that lies ready on the disk and only waits for its name. */
export type PreparedFile = { commit(): Promise<void>; discard(): Promise<void> }

/** Sets one variable in a .env file, as `prepareDotenvVariable` does, at once. */
export async function setDotenvVariable(file: string, name: string, value: string): Promise<void> {
  await (await prepareDotenvVariable(file, name, value)).commit()
}

/**
 * Writes a .env file anew with one variable set and every other line as it is, beside the old one, mode 0600: it
 * holds passwords. `commit` puts it in the other's place, which takes no room: what has to be done together with it
 * is done between the two.
 * @throws ToolkitError usage where no line of such a file can hold the value, space, prerequisite.
 */
export async function prepareDotenvVariable(
  file: string,
  name: string,
  value: string,
): Promise<PreparedFile> {
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
  const partial = `${file}.partial`
  await refuseImmutable(file)
  await writeDurableFile(partial, after).catch(error => {
    throw explainWriting(file, error)
  })
  const commit = () =>
    renameDurably(partial, file).catch(error => {
      throw new ToolkitError('prerequisite', {
        what: `${file} cannot be replaced. What it should hold now lies beside it, in ${partial}.`,
        why: error.message,
        hint: `Put it in its place: mv ${shellWord(partial)} ${shellWord(file)}`,
        cause: error,
      })
    })
  return { commit, discard: () => rm(partial, { force: true }) }
}

/** chattr +i lets a new file be written beside this one, and refuses only the renaming: too late. */
async function refuseImmutable(file: string): Promise<void> {
  await access(file, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EPERM' || error.code === 'EROFS') throw explainWriting(file, error)
  })
}

function explainWriting(file: string, error: unknown): unknown {
  const full = isDiskFull(error)
  const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
  if (!full && !refused) return error
  return new ToolkitError(full ? 'space' : 'prerequisite', {
    what: `${file} cannot be written${full ? ': its disk is full' : ''}.`,
    why: (error as Error).message,
    hint: full
      ? 'Free some space there, then try again. The file is as it was.'
      : 'It is to hold the password. Check who owns it and its folder (ls -ld), and whether the disk is read-only.',
    cause: error,
  })
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
