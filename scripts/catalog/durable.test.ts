import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { fsyncPath, renameDurably, writeDurably } from './durable.ts'

describe('a small file', () => {
  test('is written whole, for its owner only, and nothing is left beside it', async () => {
    const folder = await tempFolder()
    await writeDurably(join(folder, 'a.json'), '{"ü": 1}\n')
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('{"ü": 1}\n')
    expect((await stat(join(folder, 'a.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['a.json'])
  })

  test('takes the place of what was there, and of what a cut-off run left', async () => {
    const folder = await tempFolder()
    await writeFile(join(folder, 'a.json'), 'old and longer')
    await writeFile(join(folder, 'a.json.partial'), 'half of something much longer')
    await writeDurably(join(folder, 'a.json'), 'new')
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('new')
    expect(await readdir(folder)).toEqual(['a.json'])
  })

  test('that cannot be written leaves the old one', async () => {
    const folder = await tempFolder()
    await writeFile(join(folder, 'a.json'), 'old')
    await mkdir(join(folder, 'a.json.partial'))
    await expect(writeDurably(join(folder, 'a.json'), 'new')).rejects.toMatchObject({ code: 'EISDIR' })
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('old')
  })
})

test('a folder is renamed with what it holds', async () => {
  const folder = await tempFolder()
  await mkdir(join(folder, 'a.partial'))
  await writeFile(join(folder, 'a.partial', 'file'), 'content')
  await renameDurably(join(folder, 'a.partial'), join(folder, 'a'))
  expect(await readdir(folder)).toEqual(['a'])
  expect(await readFile(join(folder, 'a', 'file'), 'utf8')).toBe('content')
})

test('what is not there cannot be forced to disk', async () => {
  await expect(fsyncPath(join(await tempFolder(), 'missing'))).rejects.toMatchObject({ code: 'ENOENT' })
})
