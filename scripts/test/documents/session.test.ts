import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf } from '../../documents/blocks.ts'
import { tryBlock } from '../helpers/document_block.ts'
import { DocumentSession } from '../helpers/document_session.ts'

/** What runs the documents notices what is wrong in them. */
let session: DocumentSession
beforeAll(async () => {
  session = await DocumentSession.open()
})
afterAll(() => session?.close())

async function page(...lines: string[]): Promise<void> {
  for (const block of blocksOf('a.md', lines.join('\n'))) {
    if (block.attributes.run) await tryBlock(session, block)
  }
}
const sh = (info: string, ...lines: string[]) => page(`\`\`\`sh run ${info}`, ...lines, '```')
const sql = (...lines: string[]) => page('```sql run', ...lines, '```')

describe('a page', () => {
  test('is one session', async () => {
    await page(
      '```sh run',
      'cd db',
      'export WHO=me',
      '```',
      '```console run',
      '$ echo "$WHO in $PWD"',
      'me in …/my project/db',
      '```',
    )
    await page('```console run', '$ make help', '…', '  make start …', '…', '```')
  })

  test('a command that fails ends it, wherever it stands', async () => {
    await expect(sh('', 'true', 'ls /nowhere', 'true')).rejects.toThrow(
      /a.md:1: this ended with 2[\s\S]*\/nowhere/,
    )
    await expect(sh('', 'false | true')).rejects.toThrow('this ended with 1')
    await expect(page('```console run', '$ true', '$ false', '```')).rejects.toThrow(
      'a.md:3: this ended with 1',
    )
  })

  test('an output that is not what was promised', async () => {
    const lie = page('```console run', '$ echo one', 'one', '$ echo two', 'three', '```')
    await expect(lie).rejects.toThrow(/a.md:4: “three” is promised and did not come[\s\S]*It printed:\ntwo/)
    const below = page('```sh run', 'echo one', '```', '```text', 'two', '```')
    await expect(below).rejects.toThrow('a.md:1: “two” is promised')
  })

  test('exit: that code, and no other', async () => {
    await sh('exit=3', '(exit 3)')
    await expect(sh('exit=3', 'true')).rejects.toThrow('It ended with 0 and not with 3.')
    await expect(sh('exit=3', '(exit 4)', '(exit 3)')).rejects.toThrow('It ended with 4 and not with 3.')
  })

  test('answer: it is typed, and seen behind the question', async () => {
    const asks = `$ printf 'Go on? [y/N] '; read -r a; echo "so $a"`
    await page('```console run answer=y', asks, 'Go on? [y/N] y', 'so y', '```')
    await expect(page('```console run', asks, '```')).rejects.toThrow('this ended with 1')
  })

  test('TypeScript is run in the folder of the example', async () => {
    const block = [
      '```ts run',
      "import { cwd } from 'node:process'",
      'const where: string = cwd()',
      'console.log(where)',
      '```',
    ]
    await page(...block, '```text', '…/my project/example-app', '```')
    await expect(page('```ts run', "throw new Error('no')", '```')).rejects.toThrow('this ended with 1')
  })
})

describe('SQL of a page', () => {
  beforeAll(() => sh('', 'make start'))

  test('is typed into the database, each statement by itself', async () => {
    await sql('CREATE TABLE t (i int);', 'INSERT INTO t SELECT generate_series(1, 3);', 'VACUUM t;')
    await page(
      '```sql run',
      'SELECT count(*) FROM t;',
      '```',
      '',
      '```text',
      ' count',
      '-------',
      '     3',
      '(1 row)',
      '```',
    )
  })

  test('ends with the first mistake', async () => {
    await expect(sql('SELECT 1/0;', 'DROP TABLE t;')).rejects.toThrow(
      /this ended with 3[\s\S]*\nERROR: {2}division by zero/,
    )
    await sql('SELECT * FROM t;')
    await page('```sql run exit=3', 'SELECT 1/0;', '```', '```text', 'ERROR:  division by zero', '```')
  })
})
