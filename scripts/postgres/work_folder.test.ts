import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { withSecretFile, withWorkFolder } from './work_folder.ts'

/** The id of a process that has ended. */
const goneProcess = (): number => spawnSync('true').pid

describe('a folder for as long as the work lasts', () => {
  test('is ours alone, and gone afterwards', async () => {
    const parent = await tempFolder()
    const folder = await withWorkFolder(parent, async path => {
      expect((await stat(path)).mode & 0o777).toBe(0o700)
      expect(await readdir(parent)).toEqual([basename(path)])
      return path
    })
    expect(folder.startsWith(`${parent}/.toolkit-${hostname()}-${process.pid}-`)).toBe(true)
    expect(await readdir(parent)).toEqual([])
  })

  test('is gone after a failure too', async () => {
    const parent = await tempFolder()
    const error = new Error('no')
    await expect(withWorkFolder(parent, () => Promise.reject(error))).rejects.toBe(error)
    expect(await readdir(parent)).toEqual([])
  })

  test('takes with it what a killed run left, and nothing else', async () => {
    const parent = await tempFolder()
    const left = `.toolkit-${hostname()}-${goneProcess()}-abcdef`
    const others = [
      `.toolkit-${hostname()}-${process.pid}-abcdef`,
      `.toolkit-${hostname()}-${goneProcess()}-${goneProcess()}-abcdef`,
      `.toolkit-${hostname()}-notes`,
      `.toolkit-elsewhere-${goneProcess()}-abcdef`,
      '.toolkit-notes',
      'backup',
    ]
    for (const name of [left, ...others]) await mkdir(join(parent, name, 'inside'), { recursive: true })
    await withWorkFolder(parent, async () => undefined)
    expect((await readdir(parent)).sort()).toEqual(others.sort())
  })

  test('two of them do not meet', async () => {
    const parent = await tempFolder()
    await withWorkFolder(parent, one =>
      withWorkFolder(parent, async other =>
        expect((await readdir(parent)).sort()).toEqual([one, other].map(p => basename(p)).sort()),
      ),
    )
  })
})

test('a secret in a file that only we may read', async () => {
  const path = await withSecretFile('pgpass', 'hunter2', async file => {
    expect(await readFile(file, 'utf8')).toBe('hunter2')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
    return file
  })
  await expect(stat(dirname(path))).rejects.toMatchObject({ code: 'ENOENT' })
})
