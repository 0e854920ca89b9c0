import { describe, expect, test } from 'vitest'
import { shellWord } from '../terminal/shell_words.ts'
import {
  afterwards,
  describeSalvage,
  destroyed,
  planTablespaces,
  salvageNames,
  salvageRemain,
} from './salvage.ts'

const names = salvageNames('/srv/data', new Date('2026-01-31T12:00:00Z'))
const { copy } = names
const seen = '/var/lib/postgresql/tablespaces'

test('names', () => {
  expect(names).toEqual({
    copy: '/srv/data.salvage-20260131_120000',
    partial: '/srv/data.salvage-20260131_120000.partial',
  })
  expect(salvageRemain('data.salvage-20260131_120000.partial', 'data')).toBe(true)
  expect(salvageRemain('data.salvage-20260131_120000', 'data')).toBe(false)
  expect(salvageRemain('other.salvage-20260131_120000.partial', 'data')).toBe(false)
})

describe('tablespaces', () => {
  const base = { kind: 'docker' as const, target: '/srv/data', copy, mapped: [] }
  const to = { to: `${copy}-tablespaces/1`, seenAs: `${seen}/1` }

  test.each([
    ['in our own folder', base, `${seen}/a disk`, '/srv/data-tablespaces/a disk', '/srv/data-tablespaces'],
    [
      'of data from before a restore',
      { ...base, target: '/srv/data.before-restore-20260101_000000' },
      ...[`${seen}/fast`, '/srv/data-tablespaces/fast', '/srv/data-tablespaces'],
    ],
    [
      'that the record knows',
      { ...base, mapped: [{ source: '/mnt/ssd', target: '/inside' }] },
      ...['/inside', '/mnt/ssd', '/mnt/ssd'],
    ],
    ['anywhere else', base, '/mnt/ts', '/mnt/ts', '/mnt/ts'],
  ] as const)('%s', (_, source, location, from, within) => {
    const links = [{ oid: '1', location }]
    expect(planTablespaces({ ...source, links })).toEqual([{ oid: '1', from, within, ...to }])
  })

  test('of this machine are where their links lead', () => {
    const links = [{ oid: '1', location: '/srv/data-tablespaces/a' }]
    expect(planTablespaces({ ...base, kind: 'local', links })).toEqual([
      {
        ...{ oid: '1', from: '/srv/data-tablespaces/a', within: '/srv/data-tablespaces/a' },
        ...{ to: `${copy}-tablespaces/1`, seenAs: `${copy}-tablespaces/1` },
      },
    ])
  })
})

test('the plan says what is destroyed', () => {
  const text = describeSalvage(
    {
      ...{ target: '/srv/data', ...names, image: 'postgres:17', control: 'in order', state: 'in production' },
      ...{ wal: 'lost', tablespaces: [], bytes: 1, options: ['--next-wal-file=X'] },
    },
    '1GB',
  )
  for (const line of destroyed) expect(text).toContain(line)
  expect(text).toContain('pg_resetwal on the copy --next-wal-file=X')
})

test.each([
  ['/srv/data', '/srv/data'],
  ["it's", "'it'\\''s'"],
  ['a b', "'a b'"],
  ['a"b$c', `'a"b$c'`],
])('%s for a shell', (text, shell) => expect(shellWord(text)).toBe(shell))

describe('what to do then', () => {
  const base = { copy: '/srv/my $data', container: 'c', port: 8095, user: 'postgres', image: '/usr/lib/bin' }
  const place = "DATA_DIR='/srv/my $$data' CONTAINER=c PGPORT=8095"

  test('in containers', () => {
    const { start, dump } = afterwards({ ...base, kind: 'docker', engine: 'podman' })
    expect(start).toBe(`make start ${place}`)
    expect(dump).toEqual([
      'podman exec --user postgres c pg_dumpall --port=8095 --username=postgres --globals-only > globals.sql',
      'podman exec --user postgres c pg_dump --port=8095 --username=postgres --format=custom postgres > postgres.dump',
    ])
  })

  test('on this machine', () => {
    const { dump } = afterwards({ ...base, kind: 'local', engine: 'PostgreSQL' })
    expect(dump[0]).toBe(
      '/usr/lib/bin/pg_dumpall --host=127.0.0.1 --port=8095 --username=postgres --globals-only > globals.sql',
    )
  })
})
