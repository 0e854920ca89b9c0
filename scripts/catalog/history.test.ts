import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ToolkitError } from '../errors.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readHistory, recorded } from './history.ts'

const entries = async (folder: string) =>
  (await readFile(join(folder, 'history.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

const failing = (error: unknown) => async () => {
  throw error
}

describe('the record of a run', () => {
  test('that succeeded', async () => {
    const folder = await tempFolder()
    const result = await recorded(
      folder,
      'save',
      async () => ({ id: 'b1' }),
      r => r.id,
    )
    expect(result).toEqual({ id: 'b1' })
    expect(await entries(folder)).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        command: 'save',
        user: userInfo().username,
        host: hostname(),
        seconds: expect.any(Number),
        exit_code: 0,
        result: 'ok',
        backup: 'b1',
      },
    ])
  })

  test.each<[string, unknown, number, string]>([
    ['with an error of ours', new ToolkitError('space', { what: 'Full.' }), 2, 'Full.'],
    ['by an interruption', AbortSignal.abort().reason, 130, 'Interrupted.'],
    ['by a defect', new TypeError('x'), 70, 'A defect in the toolkit: x'],
  ])('that ended %s, which is passed on as it is', async (_, error, exit_code, result) => {
    const folder = await tempFolder()
    await expect(recorded(folder, 'save', failing(error), () => 'never')).rejects.toBe(error)
    const [entry] = await entries(folder)
    expect(entry).toMatchObject({ command: 'save', exit_code, result })
    expect(entry).not.toHaveProperty('backup')
  })

  test('that succeeded by half', async () => {
    const folder = await tempFolder()
    const work = async () => ({ gone: ['b1', 'b2'] })
    await recorded(
      folder,
      'cleanup',
      work,
      r => r.gone.join(' '),
      () => ({ code: 7, words: 'Left: b3' }),
    )
    expect(await entries(folder)).toMatchObject([{ exit_code: 7, result: 'Left: b3', backup: 'b1 b2' }])
  })

  test('is a line of its own, whatever the message holds', async () => {
    const folder = await tempFolder()
    const error = new ToolkitError('failed', { what: 'two\nlines “and” "quotes"' })
    await recorded(folder, 'verify', failing(error), () => undefined).catch(() => {})
    await recorded(
      folder,
      'delete',
      async () => 1,
      () => undefined,
    )
    expect((await entries(folder)).map(e => [e.command, e.result])).toEqual([
      ['verify', 'two\nlines “and” "quotes"'],
      ['delete', 'ok'],
    ])
  })

  test('makes its folder, for the owner only', async () => {
    const folder = join(await tempFolder(), 'new', 'backups')
    await recorded(
      folder,
      'save',
      async () => 1,
      () => undefined,
    )
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'history.jsonl'))).mode & 0o777).toBe(0o600)
  })

  test('that cannot be written fails no run', async () => {
    const file = join(await tempFolder(), 'a file')
    await writeFile(file, '')
    await expect(
      recorded(
        file,
        'save',
        async () => 'done',
        () => undefined,
      ),
    ).resolves.toBe('done')
  })
})

describe('the history', () => {
  test('is read as it was written', async () => {
    const folder = await tempFolder()
    await recorded(
      folder,
      'save',
      async () => 1,
      () => 'b1',
    )
    await recorded(folder, 'save', failing(new TypeError('two\nlines')), () => undefined).catch(() => {})
    expect(await readHistory(folder)).toEqual({ entries: await entries(folder), damagedLines: 0 })
  })

  test('has lines that cannot be read: they are passed over, and counted', async () => {
    const folder = await tempFolder()
    const file = join(folder, 'history.jsonl')
    const add = () =>
      recorded(
        folder,
        'save',
        async () => 1,
        () => undefined,
      )
    await add()
    const damaged = ['{"at":"2026-01-0', 'null', '[]', '{"at":"yesterday"}', '\0\0\0', '{"command":"save"}']
    await appendFile(file, damaged.map(line => `${line}\n`).join(''))
    await appendFile(file, '\n  \n')
    await add()
    const whole = await readFile(file)
    await writeFile(file, whole.subarray(0, whole.length - 20))
    const { entries: read, damagedLines } = await readHistory(folder)
    expect(read.map(({ command }) => command)).toEqual(['save'])
    expect(damagedLines).toBe(damaged.length + 1)
  })

  test('of a folder without one, or that is not there, is empty', async () => {
    const folder = await tempFolder()
    const none = { entries: [], damagedLines: 0 }
    expect(await readHistory(folder)).toEqual(none)
    expect(await readHistory(join(folder, 'none'))).toEqual(none)
  })

  test('that may not be read is no empty one', async () => {
    const folder = await tempFolder()
    await mkdir(join(folder, 'history.jsonl'))
    await expect(readHistory(folder)).rejects.toThrow('EISDIR')
  })
})
