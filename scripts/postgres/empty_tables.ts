import type { ClientBase } from 'pg'
import type { Relation } from './database_facts.ts'

/** What has to be known of tables that rows are to be restored into. */
export type TablesToFill = {
  /** Tables that have rows already. */
  filled: string[]
  references: { from: number; to: number }[]
  /** Triggers of users that would fire: each with the table's name as SQL text. */
  triggers: { table: string; name: string; always: boolean }[]
  /** Sequences that belong to a column: oid → oid of the table. */
  owned: Map<number, number>
}

export async function readTablesToFill(
  client: ClientBase,
  tables: readonly Relation[],
): Promise<TablesToFill> {
  const oids = tables.map(({ oid }) => oid)
  const filled: string[] = []
  for (const { sql } of tables) {
    const { rowCount } = await client.query(`SELECT FROM ONLY ${sql} LIMIT 1`)
    if (rowCount) filled.push(sql)
  }
  const references = await client.query(
    `SELECT conrelid::int8::float8 AS from, confrelid::int8::float8 AS to FROM pg_constraint
     WHERE contype = 'f' AND conrelid = ANY ($1::oid[])`,
    [oids],
  )
  const triggers = await client.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS table, format('%I', t.tgname) AS name,
       t.tgenabled = 'A' AS always
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgrelid = ANY ($1::oid[]) ORDER BY 1, 2`,
    [oids],
  )
  const owned = await client.query(
    `SELECT objid::int8::float8 AS sequence, refobjid::int8::float8 AS table FROM pg_depend
     WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjsubid > 0
       AND deptype IN ('a', 'i') AND refobjid = ANY ($1::oid[])`,
    [oids],
  )
  return {
    filled,
    references: references.rows,
    triggers: triggers.rows,
    owned: new Map(owned.rows.map(row => [row.sequence, row.table])),
  }
}
