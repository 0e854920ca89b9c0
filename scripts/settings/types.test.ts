import { mkdir, realpath, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { choice, engineName, flag, folder, integer, line, nameOrPath, path, text } from './types.ts'

describe('integer', () => {
  const type = integer(1, 22)
  test.each([
    ['1', 1],
    ['22', 22],
    [' 7 ', 7],
    ['+3', 3],
    ['007', 7],
  ])('%j is %d', (raw, value) => expect(type.parse(raw)).toBe(value))
  test.each(['0', '23', '', 'x', '1.5', '1e1', '0x1', '1 2', '-1', '∞'])('%j is refused', raw => {
    expect(() => type.parse(raw)).toThrow('must be a whole number from 1 to 22')
  })
})

describe('flag', () => {
  test.each(['1', 'true', 'YES', 'y', 'On', ' true '])('%j is true', raw =>
    expect(flag.parse(raw)).toBe(true),
  )
  test.each(['0', 'false', 'No', 'n', 'off', ''])('%j is false', raw => expect(flag.parse(raw)).toBe(false))
  test.each(['2', 'ja', 'truee', '-1'])('%j is refused', raw => {
    expect(() => flag.parse(raw)).toThrow('must be true or false')
  })
})

test('choice takes its words and names them', () => {
  const type = choice('tar', 'plain')
  expect(type.parse(' tar ')).toBe('tar')
  expect(() => type.parse('zip')).toThrow('must be one of tar, plain')
  expect(type.label).toBe('tar|plain')
})

test('text keeps spaces and quotes, and refuses NUL', () => {
  expect(text.parse(` it's "quoted" $HOME `)).toBe(` it's "quoted" $HOME `)
  expect(() => text.parse('a\0b')).toThrow('NUL')
})

describe('path', () => {
  test.each([
    ['backups', '/base/backups'],
    ['./a/../b', '/base/b'],
    ['../x', '/x'],
    ['/srv/backups/', '/srv/backups'],
    ['~', homedir()],
    ['~/b', `${homedir()}/b`],
    ['~other/b', '/base/~other/b'],
    ["it's, here", "/base/it's, here"],
  ])('%j is %s', (raw, located) => expect(path.locate?.(path.parse(raw), '/base')).toBe(located))

  test.each(['', '  '])('%j would mean the current folder, so it is refused', raw => {
    expect(() => path.parse(raw)).toThrow('must not be empty')
    expect(() => nameOrPath.parse(raw)).toThrow('must not be empty')
  })
})

describe('name or path', () => {
  test.each([
    ['latest', 'latest'],
    ['cluster_backup_20260131_120000', 'cluster_backup_20260131_120000'],
    ['./here', '/base/here'],
    ['..', '/'],
    ['sub/folder', '/base/sub/folder'],
    ['/abs', '/abs'],
    ['~/b', `${homedir()}/b`],
  ])('%j is %s', (raw, located) => expect(nameOrPath.locate?.(raw, '/base')).toBe(located))
})

describe('a folder that is a link', () => {
  test('is what it leads to, and so is what is not there yet below it', async () => {
    const home = await realpath(await tempFolder())
    await mkdir(join(home, 'disk'))
    await symlink(join(home, 'disk'), join(home, 'link'))
    expect(folder.locate?.('link', home)).toBe(join(home, 'disk'))
    expect(folder.locate?.('link/new/data', home)).toBe(join(home, 'disk/new/data'))
    expect(folder.locate?.('new', home)).toBe(join(home, 'new'))
  })

  test('stays what it is where it leads nowhere: who uses it says so', async () => {
    const home = await realpath(await tempFolder())
    await symlink(join(home, 'nothing'), join(home, 'dangling'))
    await symlink(join(home, 'loop'), join(home, 'loop'))
    for (const name of ['dangling', 'loop', 'loop/below'])
      expect(folder.locate?.(name, home)).toBe(join(home, name))
  })
})

describe('names and lines', () => {
  test.each(['postgres:17', 'timescale/timescaledb-ha:pg17', 'r.example:5000/a@sha256:0a', 'db_2'])(
    '%s is a name',
    name => expect(engineName.parse(name)).toBe(name),
  )
  test.each(['-rf', '--help', '', 'a b', 'a\nb', '$(x)'])('%j is none', name =>
    expect(() => engineName.parse(name)).toThrow('must be letters'),
  )
  test.each(['two\nlines', 'tab\t', 'esc\u001b[31m', '\0'])('%j is no line', text =>
    expect(() => line.parse(text)).toThrow('must be one line'),
  )
  test('a line is as long as a label may be', () => {
    expect(line.parse('ü'.repeat(500))).toHaveLength(500)
    expect(() => line.parse('ü'.repeat(501))).toThrow('must not be longer than 1000 bytes')
  })
  test('a path with a line end of Windows is refused', () => {
    expect(() => path.parse('/a\r\nb')).toThrow('must not hold')
    expect(path.parse('/a\nb\r')).toBe('/a\nb\r')
  })
})
