import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { setDotenvVariable } from './dotenv_file.ts'

async function edited(before: string | undefined, name: string, value: string): Promise<string> {
  const file = join(await tempFolder(), '.env')
  if (before !== undefined) await writeFile(file, before)
  await setDotenvVariable(file, name, value)
  return readFile(file, 'utf8')
}

describe('one variable of a .env file', () => {
  test.each<[string, string | undefined, string]>([
    ['a new file', undefined, 'PGPASSWORD=new\n'],
    ['an empty one', '', 'PGPASSWORD=new\n'],
    ['at the end', 'A=1\n', 'A=1\nPGPASSWORD=new\n'],
    ['after a last line without an end', 'A=1', 'A=1\nPGPASSWORD=new\n'],
    ['in its place', '# mine\nPGPASSWORD=old # note\nB=2\n', '# mine\nPGPASSWORD=new\nB=2\n'],
    ['exported', 'export PGPASSWORD=old\n', 'PGPASSWORD=new\n'],
    ['indented and spaced', '  PGPASSWORD = old\n', 'PGPASSWORD=new\n'],
    ['a comment is none', '# PGPASSWORD=x\n', '# PGPASSWORD=x\nPGPASSWORD=new\n'],
    [
      'neither is a longer name',
      'MY_PGPASSWORD=x\nPGPASSWORD_FILE=y\n',
      'MY_PGPASSWORD=x\nPGPASSWORD_FILE=y\nPGPASSWORD=new\n',
    ],
    ['lines that end as on Windows', 'PGPASSWORD=old\r\nB=2\r\n', 'PGPASSWORD=new\r\nB=2\r\n'],
    ['of several lines', "A=1\nPGPASSWORD='old\nB=wrong'\nC=3\n", 'A=1\nPGPASSWORD=new\nC=3\n'],
    [
      'inside another value is none',
      "NOTE='\nPGPASSWORD=x\n'\n",
      "NOTE='\nPGPASSWORD=x\n'\nPGPASSWORD=new\n",
    ],
  ])('%s', async (_, before, after) => expect(await edited(before, 'PGPASSWORD', 'new')).toBe(after))

  test('where it stands twice, the later line no longer wins with the old value', async () => {
    const after = await edited('PGPASSWORD=a\nPGPASSWORD=b\n', 'PGPASSWORD', 'new')
    expect(parse(after)).toEqual({ PGPASSWORD: 'new' })
  })

  test.each([
    '',
    'plain',
    'with space',
    ' spaces around ',
    "it's",
    "it's #1",
    '"quoted" # not a comment',
    `it's a \\ "secret": ✓ #1`,
    "back`tick and ' and #",
    '$HOME $(id) $$ $&',
    'ends with a backslash\\',
    'a\\nb',
    'equals=and,commas',
    '#begins',
    "'quoted'",
    'two\nlines',
    'ünïcödé 😀',
  ])('%j reads back', async value => {
    const after = await edited("FIRST='1'\nLAST='it is'\n", 'PGPASSWORD', value)
    expect(parse(after)).toEqual({ FIRST: '1', LAST: 'it is', PGPASSWORD: value })
  })

  test('a value that no line can hold is refused without printing it, and the file stays', async () => {
    const file = join(await tempFolder(), '.env')
    await writeFile(file, 'A=1\n')
    const refused = setDotenvVariable(file, 'PGPASSWORD', `hunter2 ' " \` #`)
    await expect(refused).rejects.toMatchObject({ kind: 'usage' })
    await expect(refused).rejects.not.toThrow(/hunter2/)
    expect(await readFile(file, 'utf8')).toBe('A=1\n')
  })

  test('only the owner may read it, and nothing is left beside it', async () => {
    const folder = await tempFolder()
    const file = join(folder, '.env')
    await writeFile(file, 'A=1\n', { mode: 0o644 })
    await setDotenvVariable(file, 'PGPASSWORD', 'x')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['.env'])
  })
})
