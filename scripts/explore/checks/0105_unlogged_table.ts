import { check } from './check.ts'
import { isOwnTable } from './tables.ts'

export const unloggedTable = check({
  number: '0105',
  name: 'unlogged_table',
  title: 'Table that a crash empties',
  severity: 'warning',
  why: 'Changes of an unlogged table are not written to the write-ahead log. After a crash, or a restore of a base backup, it is empty; a standby never has its rows.',
  mend: 'Make it a logged table, unless its rows can be made anew at any time. That writes the whole table to the write-ahead log, and locks it meanwhile.',
  source: 'https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED',
  needs: ['relations'],
  find({ relations }) {
    return relations
      .filter(isOwnTable)
      .filter(({ persistence, kind }) => persistence === 'unlogged' && kind !== 'partitioned table')
      .map(({ id, total_bytes }) => ({
        object: id,
        reason: `Table ${id} is unlogged: a crash, or a restore, leaves it empty.`,
        sql: `ALTER TABLE ${id} SET LOGGED;`,
        worth: total_bytes,
      }))
  },
})
