import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import fc from 'fast-check'
import { expect } from 'vitest'
import { ToolkitError } from '../errors.ts'
import { awkward, holds, property } from '../test/helpers/fuzz.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { setDotenvVariable } from './dotenv_file.ts'

const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('A', 'B_C', 'X', 'export X', '  X', 'MY_X', 'X_FILE'),
      fc.constantFrom('=', ' = ', ': '),
      awkward,
    )
    .map(parts => parts.join('')),
  fc
    .tuple(fc.constantFrom('A', 'X'), fc.constantFrom("'", '"', '`'), awkward)
    .map(([name, quote, text]) => `${name}=${quote}${text}${quote}`),
  awkward.map(text => `# ${text}`),
  awkward,
)
const file = fc.array(line, { maxLength: 6 }).map(lines => lines.join('\n'))

property('a value is set or refused; every other variable and every other line stays', async () => {
  const path = join(await tempFolder(), '.env')
  await holds(
    fc.tuple(file, awkward),
    async ([before, value]) => {
      await writeFile(path, before)
      const others = ({ X: _, ...rest }: Record<string, string>) => rest
      const refused = await setDotenvVariable(path, 'X', value).then(
        () => undefined,
        error => error,
      )
      const after = await readFile(path, 'utf8')
      if (refused) {
        expect(refused).toBeInstanceOf(ToolkitError)
        expect(refused.message).not.toContain(`“${value}”`)
        expect(after).toBe(before)
        return
      }
      expect(parse(after).X).toBe(value)
      expect(others(parse(after))).toEqual(others(parse(before)))
      // Whole lines that have no X in them are still there.
      for (const text of before.split('\n').filter(text => /^# [a-z ]*$/.test(text)))
        expect(after).toContain(text)
    },
    150,
  )
})

property('the file that it made itself takes any value that a line can hold', async () => {
  const path = join(await tempFolder(), '.env')
  await writeFile(path, 'A=1\n# mine\n')
  const holdable = awkward.filter(
    text => !(/["]/.test(text) && /[']/.test(text) && /[`]/.test(text)) && !/[\r\\]/.test(text),
  )
  await holds(holdable, async value => {
    await setDotenvVariable(path, 'X', value)
    const text = await readFile(path, 'utf8')
    expect(parse(text)).toEqual({ A: '1', X: value })
    expect(text.startsWith('A=1\n# mine\n')).toBe(true)
  })
})
