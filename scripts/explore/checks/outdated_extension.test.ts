import { expect, test } from 'vitest'
import type { Facts } from '../facts.ts'
import { outdatedExtension } from './0109_outdated_extension.ts'

/** An older TimescaleDB than the one that is loaded cannot be made on a server that has only one. */
test('TimescaleDB is updated by the first command of a session', () => {
  const extensions = [
    { name: 'timescaledb', schema: 'public', version: '2.9.3', available: '2.19.3', comment: null },
  ]
  expect(outdatedExtension.find({ extensions } as Facts, {}, new Date())).toEqual([
    {
      object: 'timescaledb',
      reason: 'Extension timescaledb is version 2.9.3, and version 2.19.3 is installed on the server.',
      sql: '-- The first command of a new session, with psql -X.\nALTER EXTENSION timescaledb UPDATE;',
    },
  ])
})
