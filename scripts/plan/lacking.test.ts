import { expect, test } from 'vitest'
import { lackingOn, type Needs, type Offers } from './lacking.ts'

const offers: Offers = {
  roles: ['postgres'],
  tablespaces: ['pg_default'],
  extensions: new Map([['timescaledb', ['2.21.0', '2.21.1']]]),
  timescaledbLoaded: true,
}
const nothing: Needs = { roles: [], jobOwners: [], extensions: [], tablespaces: [], rolesFile: null }
const keep = { noOwner: false, noAcl: false, noTablespaces: false }
const timescale = (version: string) => [{ name: 'timescaledb', version }]
const leave = 'Or leave owners and privileges out: NO_OWNER=1 NO_ACL=1'

test.each<[string, Partial<Needs>, Partial<typeof keep>, Partial<Offers>, string[], (string | RegExp)[]]>([
  ['nothing', {}, {}, {}, [], []],
  [
    'roles, whatever for',
    {
      roles: [
        { name: 'the "boss"', as: ['owner'] },
        { name: 'reader', as: ['privileges'] },
        { name: 'postgres', as: ['owner'] },
      ],
      rolesFile: 'shop.roles.sql',
    },
    {},
    {},
    ['role “reader” does not exist', 'role “the "boss"” does not exist'],
    [
      'Make the roles first: CREATE ROLE "reader"; CREATE ROLE "the ""boss""";',
      'shop.roles.sql has them with their passwords.',
      leave,
    ],
  ],
  [
    'owners and privileges that are left out; policies and owners of jobs cannot be',
    {
      roles: [
        { name: 'a', as: ['owner'] },
        { name: 'b', as: ['privileges'] },
        { name: 'c', as: ['owner', 'policy'] },
      ],
      jobOwners: ['d', 'd'],
    },
    { noOwner: true, noAcl: true },
    {},
    ['role “c” does not exist', 'role “d” does not exist'],
    [/CREATE ROLE "c"; CREATE ROLE "d";/, leave],
  ],
  ['the very version', { extensions: timescale('2.21.1') }, {}, {}, [], []],
  [
    'another version',
    { extensions: [...timescale('2.20.0'), { name: 'postgis', version: '3' }] },
    {},
    {},
    [
      'TimescaleDB 2.20.0 is not installed on the server, which has 2.21.0, 2.21.1',
      'extension “postgis” is not installed on the server',
    ],
    [/the very version/],
  ],
  [
    'not loaded',
    { extensions: timescale('2.21.0') },
    {},
    { timescaledbLoaded: false },
    ['shared_preload_libraries of the server does not have timescaledb'],
    [/restart the server/],
  ],
  [
    'a tablespace',
    { tablespaces: ['fast'] },
    {},
    {},
    ['tablespace “fast” does not exist'],
    [/NO_TABLESPACES=1/],
  ],
  ['a tablespace that is left out', { tablespaces: ['fast'] }, { noTablespaces: true }, {}, [], []],
])('%s', (_, needs, settings, more, problems, hints) => {
  const found = lackingOn({ ...offers, ...more }, { ...nothing, ...needs }, { ...keep, ...settings })
  expect(found.problems).toEqual(problems)
  expect(found.hints).toEqual(
    hints.map(hint => (typeof hint === 'string' ? hint : expect.stringMatching(hint))),
  )
})
