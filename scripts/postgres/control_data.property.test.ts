import fc from 'fast-check'
import { expect } from 'vitest'
import { awkward, damaged, holds, property } from '../test/helpers/fuzz.ts'
import { parseControlData } from './control_data.ts'
import { parseInspection } from './data_directory.ts'

const sample = (numbers: readonly number[]): string =>
  [
    'pg_control version number:            1700',
    'Database system identifier:           7710334250025844775',
    'Database cluster state:               in production',
    "Latest checkpoint's TimeLineID:       1",
    `max_connections setting:              ${numbers[0]}`,
    `max_worker_processes setting:         ${numbers[1]}`,
    `max_wal_senders setting:              ${numbers[2]}`,
    `max_prepared_xacts setting:           ${numbers[3]}`,
    `max_locks_per_xact setting:           ${numbers[4]}`,
    'Data page checksum version:           1',
  ].join('\n')

const five = fc.array(fc.nat(), { minLength: 5, maxLength: 5 })

property('the minimums of recovery are those that pg_controldata prints', () =>
  holds(five, numbers => {
    expect(Object.values(parseControlData(sample(numbers))?.minimums ?? {})).toEqual(numbers)
  }),
)

property('whatever it prints, only whole numbers become settings of the server', () =>
  holds(fc.oneof(damaged(Buffer.from(sample([100, 8, 10, 0, 64]))).map(String), awkward), text => {
    const control = parseControlData(text)
    for (const value of [control?.timeline ?? 0, ...Object.values(control?.minimums ?? {})])
      expect(Number.isSafeInteger(value) && value >= 0).toBe(true)
  }),
)

const link = fc.record({ oid: fc.nat().map(String), location: awkward })

property('links of tablespaces are told apart from everything else, whatever they point to', () =>
  holds(fc.array(link), links => {
    const lines = links.map(
      ({ oid, location }) => `tablespace=${oid} ${Buffer.from(location).toString('hex')}`,
    )
    const found = parseInspection(['state=cluster', 'major=17', ...lines, sample([1, 2, 3, 4, 5])].join('\n'))
    expect(found).toMatchObject({ state: 'cluster', major: 17, tablespaces: links, hasConfiguration: false })
    expect(found.control?.systemIdentifier).toBe('7710334250025844775')
  }),
)

property('any answer is read as one of the states there are', () =>
  holds(
    fc.array(fc.tuple(fc.constantFrom('state', 'major', 'tablespace', 'recoverySignal', ''), awkward)),
    answer => {
      const text = answer.map(([key, value]) => `${key}=${value}`).join('\n')
      expect(parseInspection(text).state).toMatch(/^(empty|cluster|foreign)$/)
    },
  ),
)
