import { execFileSync, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { awkward, holds, property } from '../test/helpers/fuzz.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { makeWord, shellWord } from './shell_words.ts'

const typable = awkward.filter(text => !text.includes('\0'))

property('a shell reads the word back, whatever is in it', () =>
  // Many at once: starting a shell costs more than reading a word.
  holds(
    fc.array(typable, { minLength: 20, maxLength: 60 }),
    values => {
      const line = `printf '%s\\0' ${values.map(shellWord).join(' ')}`
      expect(execFileSync('bash', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(
        values,
      )
    },
    20,
  ),
)

property('make hands it on, and so does the make that it starts in another folder', async () => {
  const folder = await tempFolder()
  await writeFile(
    join(folder, 'Makefile'),
    'outer:\n\t@$(MAKE) --no-print-directory inner\ninner:\n\t@printf "%s" "$$VALUE"\n',
  )
  await holds(
    typable,
    value => {
      const run = spawnSync('bash', ['-c', `make outer ${makeWord('VALUE', value)}`], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect(run).toMatchObject({ status: 0, stdout: value })
    },
    15,
  )
})
