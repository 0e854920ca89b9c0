import { describe, expect, test } from 'vitest'
import { parseImageFacts } from './images.ts'

const debian = `\
uid=999
gid=999
pgdata=/var/lib/postgresql/data
version=17.11
architecture=x86_64
libc=glibc
libcVersion=2.41
library=timescaledb.so
library=timescaledb-2.19.3.so
library=timescaledb-tsl-2.19.3.so
library=timescaledb_toolkit-1.21.0.so
tool=zstd
tool=gzip
client=zstd
client=lz4
client=gzip
`
const details = {
  Id: 'sha256:0061',
  RepoDigests: ['timescale/timescaledb@sha256:abcd'],
  Config: { Labels: null },
}
const facts = (answers: string, inspected: Parameters<typeof parseImageFacts>[1] = details) =>
  parseImageFacts('timescale/timescaledb:latest-pg17', inspected, answers)

describe('the facts of an image', () => {
  test('all of them', () => {
    expect(facts(debian)).toEqual({
      place: 'image',
      hasServer: true,
      image: 'timescale/timescaledb:latest-pg17',
      id: 'sha256:0061',
      digest: 'sha256:abcd',
      uid: 999,
      gid: 999,
      pgdata: '/var/lib/postgresql/data',
      version: '17.11',
      major: 17,
      architecture: 'x86_64',
      libc: 'glibc',
      libcVersion: '2.41',
      timescaledb: ['2.19.3'],
      timescaledbEdition: 'tsl',
      tools: ['zstd', 'gzip'],
      clientCompression: ['zstd', 'lz4', 'gzip'],
      builtHere: false,
    })
  })

  test.each<[string, string, object]>([
    ['musl', debian.replace('libc=glibc', 'libc=musl'), { libc: 'musl' }],
    [
      'the Apache edition',
      debian.replace(/.*tsl.*\n/, ''),
      { timescaledb: ['2.19.3'], timescaledbEdition: 'apache' },
    ],
    ['no TimescaleDB', debian.replace(/library=.*\n/g, ''), { timescaledb: [], timescaledbEdition: 'none' }],
    [
      'several versions, for upgrades',
      `${debian}library=timescaledb-2.20.0.so\nlibrary=timescaledb-tsl-2.20.0.so\n`,
      { timescaledb: ['2.19.3', '2.20.0'], timescaledbEdition: 'tsl' },
    ],
    ['a folder with an equals sign', debian.replace('postgresql/data', 'a=b'), { pgdata: '/var/lib/a=b' }],
    ['a version without a dot', debian.replace('17.11', '18'), { version: '18', major: 18 }],
    ['no program to unpack with', debian.replace(/tool=.*\n/g, ''), { tools: [] }],
  ])('%s', (_, answers, expected) => expect(facts(answers)).toMatchObject(expected))

  test('one that was built here, and that no registry has', () => {
    const Labels = { 'com.timescaledb-toolkit.image': 'postgres' }
    expect(facts(debian, { Id: 'x', RepoDigests: [], Config: { Labels } })).toMatchObject({
      builtHere: true,
      digest: undefined,
    })
    expect(facts(debian, { Id: 'x' })).toMatchObject({ builtHere: false, digest: undefined })
  })
})
