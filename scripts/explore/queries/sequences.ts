import type { SequenceFacts } from '../facts.ts'
import { isSystemSchema, type Query } from './query.ts'

/**
 * Sequences, and how far they are used up: by the least of what the sequence and the column that it belongs to can
 * hold. A serial or identity column is found by its dependency.
 */
export const sequencesQuery: Query<'sequences'> = {
  name: 'sequences',
  subject: 'sequences',
  async read(ask) {
    const rows = await ask<Row>(`SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS id,
        n.nspname::text AS schema, c.relname::text AS name, format_type(s.seqtypid, NULL) AS type,
        s.seqmin::text AS min, s.seqmax::text AS max, s.seqstart::text AS start, s.seqincrement::text AS increment,
        s.seqcycle AS cycle, has_sequence_privilege(c.oid, 'SELECT, USAGE') AS visible,
        CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') AND NOT EXISTS (SELECT FROM pg_locks l
            WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid())
          THEN pg_sequence_last_value(c.oid)::text END AS last_value,
        quote_ident(tn.nspname) || '.' || quote_ident(t.relname) AS owner_id, a.attname::text AS owner_column,
        format_type(a.atttypid, NULL) AS owner_type
      FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
          AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
        LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE NOT ${isSystemSchema('n.nspname')} AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend x
        WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`)
    return rows.map(fact)
  },
}

type Row = Omit<SequenceFacts, 'limit' | 'used' | 'owned_by'> & {
  min: string
  max: string
  start: string
  owner_id: string | null
  owner_column: string | null
  owner_type: string | null
}

const greatest: Record<string, bigint> = {
  smallint: 32767n,
  integer: 2147483647n,
  bigint: 9223372036854775807n,
}

function fact({ min, max, start, owner_id, owner_column, owner_type, ...row }: Row): SequenceFacts {
  const up = BigInt(row.increment) > 0n
  const columnLimit = greatest[owner_type ?? '']
  const own = BigInt(up ? max : min)
  const ofColumn = columnLimit === undefined ? own : up ? columnLimit : -columnLimit - 1n
  const limit = up === own < ofColumn ? own : ofColumn
  const begin = BigInt(start)
  const whole = limit - begin
  const used =
    row.last_value === null
      ? null
      : whole === 0n
        ? 1
        : Number(((BigInt(row.last_value) - begin) * 1_000_000n) / whole) / 1_000_000
  return {
    ...row,
    limit: String(limit),
    used: used === null ? null : Math.max(0, used),
    owned_by:
      owner_id === null || owner_column === null || owner_type === null
        ? null
        : { relation: owner_id, column: owner_column, column_type: owner_type },
  }
}
