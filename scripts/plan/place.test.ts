import { expect, test } from 'vitest'
import type { ImageFacts } from '../runtime/runtime.ts'
import { image } from '../test/helpers/samples.ts'
import { anotherMajor, called, describeInstallation } from './place.ts'

const bin = '/usr/lib/postgresql/15/bin'
const machine: ImageFacts = { ...image, place: 'machine', image: bin, version: '17.5', major: 17 }

test.each([
  [
    { version: '15.18', major: 15, timescaledb: [], timescaledbEdition: 'none' },
    `Using PostgreSQL 15.18 of this machine (${bin}): no TimescaleDB, so hypertables become plain tables; no incremental backups before PostgreSQL 17.`,
  ],
  [
    { timescaledb: ['2.19.3'], timescaledbEdition: 'apache' },
    `Using PostgreSQL 17.5 of this machine (${bin}) with TimescaleDB 2.19.3: the Apache edition of TimescaleDB, without compression, continuous aggregates and policies.`,
  ],
  [
    { timescaledb: ['2.19.3'], timescaledbEdition: 'tsl' },
    `Using PostgreSQL 17.5 of this machine (${bin}) with TimescaleDB 2.19.3.`,
  ],
] as const)('the first line says what is used and what is missing', (facts, line) => {
  expect(describeInstallation({ ...machine, ...facts })).toBe(line)
})

test('an image and an installation have words of their own', () => {
  expect([called(image), called(machine)]).toEqual([`the image ${image.image}`, `the installation ${bin}`])
  expect(anotherMajor(image, 16)).toContain('IMAGE=postgres:16')
  expect(anotherMajor(machine, 16)).toMatch(/apt-get install postgresql-16.*PG_BIN/)
})
