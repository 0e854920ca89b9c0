import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeWhole } from './output.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output test '))
})
afterEach(() => rm(folder, { recursive: true }))

test('a file is replaced as a whole, and nothing else is left', async () => {
  const path = join(folder, 'a chart.svg')
  await writeFile(path, 'an older and longer one')
  await writeWhole(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readdir(folder)).toEqual(['a chart.svg'])
})

test('a link stays a link', async () => {
  await writeFile(join(folder, 'real.svg'), 'old')
  await symlink('real.svg', join(folder, 'link.svg'))
  await writeWhole(join(folder, 'link.svg'), 'new')
  expect(await readFile(join(folder, 'real.svg'), 'utf8')).toBe('new')
})

test.each([
  ['no such/a.svg', 'usage', /^There is no folder .*no such\.$/],
  ['sub', 'usage', /is a folder\.$/],
  ['file/a.svg', 'usage', /cannot be the name of a file/],
  [`${'x'.repeat(300)}.svg`, 'usage', /cannot be the name of a file/],
])('%s is refused, and nothing is written', async (name, kind, message) => {
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'file'), '')
  await expect(writeWhole(join(folder, name), 'x')).rejects.toMatchObject({
    kind,
    message: expect.stringMatching(message),
  })
  expect((await readdir(folder)).sort()).toEqual(['file', 'sub'])
})
