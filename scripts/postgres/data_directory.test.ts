import { describe, expect, test } from 'vitest'
import { dataProgram, parseInspection } from './data_directory.ts'

const hex = (path: string): string => Buffer.from(path).toString('hex')

const nothing = {
  unfinished: false,
  hasConfiguration: false,
  recoverySignal: false,
  backupLabel: false,
  tablespaces: [],
}

describe('what the helper says of a data directory', () => {
  test.each<[string, string[], object]>([
    ['empty', ['state=empty'], { state: 'empty', ...nothing }],
    ['something else', ['state=foreign'], { state: 'foreign', ...nothing }],
    ['nothing at all', [''], { state: 'foreign', ...nothing }],
    [
      'a cluster whose control file cannot be read',
      ['state=cluster', 'major=17', 'pg_controldata: error: could not open file'],
      { state: 'cluster', major: 17, ...nothing },
    ],
    [
      'an unpacked backup with tablespaces',
      [
        'state=cluster',
        'major=16',
        'hasConfiguration=1',
        'recoverySignal=1',
        'backupLabel=1',
        `tablespace=16400 ${hex('/ssd/a b=c\nstate=empty')}`,
        `tablespace=16401 ${hex('../../tablespaces/16401')}`,
      ],
      {
        state: 'cluster',
        major: 16,
        unfinished: false,
        hasConfiguration: true,
        recoverySignal: true,
        backupLabel: true,
        tablespaces: [
          { oid: '16400', location: '/ssd/a b=c\nstate=empty' },
          { oid: '16401', location: '../../tablespaces/16401' },
        ],
      },
    ],
  ])('%s', (_, lines, expected) => expect(parseInspection(lines.join('\n'))).toEqual(expected))

  test('with its control file', () => {
    const lines = [
      'state=cluster',
      'major=17',
      'Database system identifier:  771',
      "Latest checkpoint's TimeLineID: 3",
    ]
    expect(parseInspection(lines.join('\n')).control).toMatchObject({ systemIdentifier: '771', timeline: 3 })
  })
})

test('a program inside a data directory runs as root, sees its folders only, and gets its words unquoted', () => {
  const folders = [{ path: '/srv/pg', mode: 'rw' as const }]
  expect(
    dataProgram('clear', { image: 'postgres:17' }, folders, 'find "$1" -delete', '/srv/pg', "it's $HOME"),
  ).toEqual({
    name: 'clear',
    argv: ['bash', '--norc', '-euo', 'pipefail', '-c', 'find "$1" -delete', 'clear', '/srv/pg', "it's $HOME"],
    as: 'root',
    folders,
    image: 'postgres:17',
  })
})
