import { expect } from 'vitest'

/** What is done to the copy, and what has to be said then: all of it, and nothing else. */
type Loss = { sql: string; lines: unknown[] }

export const orders = `"Sonder Schema ✓"."Or""ders; --"`
const counter = `"Sonder Schema ✓"."zähl er"`

/** Told by the name of what is missing. */
const missing: Record<string, string> = {
  'DROP INDEX "Sonder Schema ✓"."Or""ders idx"': 'index "Sonder Schema ✓"."Or""ders idx"',
  [`ALTER TABLE ${orders} DROP CONSTRAINT "kun de"`]: `constraint ${orders}: "kun de"`,
  [`DROP TRIGGER "Touch!" ON ${orders}`]: `trigger ${orders}: "Touch!"`,
  'DROP TRIGGER of_all ON parted': 'trigger public.parted: of_all',
  [`DROP POLICY "nur eigene" ON ${orders}`]: `policy ${orders}: "nur eigene"`,
  [`ALTER TABLE ${orders} DISABLE ROW LEVEL SECURITY`]: `row security of ${orders}`,
  'DROP RULE quiet ON shown': 'rule public.shown: quiet',
  [`ALTER TABLE ${orders} ALTER amount DROP DEFAULT`]: `default of ${orders}: amount`,
  'ALTER TABLE old_child NO INHERIT old_parent': 'inheritance public.old_child of public.old_parent',
  'ALTER DOMAIN positive DROP CONSTRAINT "is >0"': 'domain constraint public.positive: "is >0"',
  'DROP TABLE nothing': 'table public.nothing',
  'DROP MATERIALIZED VIEW empty': 'materialized view public.empty',
  'DROP FOREIGN TABLE far': 'foreign table public.far',
  'DROP SEQUENCE unused': 'sequence public.unused',
  'DROP FUNCTION "füge"(text)': 'function public."füge"(a text)',
  'DROP PROCEDURE do_it': 'function public.do_it(INOUT n integer)',
  'DROP AGGREGATE total(int)': 'function public.total(integer)',
  'DROP TYPE span': 'type public.span',
  'DROP CAST (int AS point3)': 'cast integer as public.point3',
  'DROP OPERATOR ~~~ (point3, point3)': 'operator public.~~~(public.point3, public.point3)',
  'DROP OPERATOR FAMILY kin USING btree': 'operator family public.kin using btree',
  'DROP STATISTICS together': 'statistics public.together',
  'DROP COLLATION "C2"': 'collation public."C2"',
  'DROP CONVERSION conv': 'conversion public.conv',
  'DROP TEXT SEARCH DICTIONARY "Wör ter"': 'text search dictionary public."Wör ter"',
  'DROP TEXT SEARCH CONFIGURATION suche': 'text search configuration public.suche',
  'DROP EVENT TRIGGER watching': 'event trigger watching',
  'DROP LANGUAGE mine': 'language mine',
  'DROP USER MAPPING FOR postgres SERVER "fern 1"': 'user mapping postgres on "fern 1"',
  'ALTER PUBLICATION "Pub" DROP TABLE customers': 'publication of public.customers in "Pub"',
}

export const losses: readonly Loss[] = [
  ...Object.entries(missing).map(([sql, name]) => ({ sql, lines: [`${name} is missing`] })),
  { sql: 'CREATE VIEW more AS SELECT 1', lines: ['view public.more was not there before'] },
  {
    sql: `ALTER TABLE ${orders} DROP CONSTRAINT "kun de";
      ALTER TABLE ${orders} ADD CONSTRAINT "kun de" FOREIGN KEY (customer) REFERENCES customers NOT VALID`,
    lines: [`constraint ${orders}: "kun de" is not valid, and was`],
  },
  { sql: `ALTER TABLE ${orders} VALIDATE CONSTRAINT unchecked`, lines: [] },
  {
    sql: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'customers_name_key'::regclass",
    lines: ['index public.customers_name_key is not valid, and was'],
  },
  {
    sql: 'REFRESH MATERIALIZED VIEW summed WITH NO DATA',
    lines: ['materialized view public.summed has no data, and had'],
  },
  { sql: 'REFRESH MATERIALIZED VIEW empty', lines: [] },
  {
    sql: 'ALTER TABLE parted DETACH PARTITION parted_rest',
    lines: [
      'constraint public.parted_rest: parted_customer_fkey was not there before',
      'inheritance public.parted_rest of public.parted is missing',
    ],
  },
  { sql: 'SELECT lo_unlink(min(oid)) FROM pg_largeobject_metadata', lines: ['1 large object instead of 2'] },
  // setval alone is not taken back by a rollback: on a sequence that is new in the transaction it is.
  {
    sql: `ALTER SEQUENCE ${counter} RESTART; SELECT setval('${counter}', 3)`,
    lines: [`sequence ${counter} is at 3 instead of 4`],
  },
  { sql: `ALTER SEQUENCE ${counter} RESTART; SELECT setval('${counter}', 400)`, lines: [] },
  {
    sql: `ALTER SEQUENCE ${counter} RESTART`,
    lines: [`sequence ${counter} has not been used, and was at 4`],
  },
  {
    sql: "ALTER SEQUENCE down RESTART; SELECT setval('down', -4)",
    lines: ['sequence public.down is at -4 instead of -5'],
  },
  { sql: "ALTER SEQUENCE down RESTART; SELECT setval('down', -6)", lines: [] },
]

const fewer = (what: string): unknown => expect.stringMatching(`^\\d+ ${what} on chunks instead of \\d+$`)

/** A chunk of "Mess werte", whatever its name is here. */
const onChunk = (
  command: string,
): string => `DO $do$ DECLARE chunk regclass := (SELECT show_chunks('"Mess werte"') LIMIT 1);
  BEGIN EXECUTE replace($c$${command}$c$, 'CHUNK', chunk::text); END $do$`

export const lossesOfChunks: readonly Loss[] = [
  {
    sql: `SELECT drop_chunks('"Mess werte"', older_than => '2024-01-12'::timestamptz)`,
    lines: [
      fewer('indexes'),
      fewer('constraints'),
      fewer('triggers'),
      expect.stringMatching(/^hypertable public."Mess werte" has \d chunks instead of \d$/),
    ],
  },
  { sql: onChunk('DROP TRIGGER stamped ON CHUNK'), lines: [fewer('triggers')] },
  {
    sql: `DO $$ BEGIN EXECUTE (SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index
      WHERE indrelid = (SELECT show_chunks('"Mess werte"') LIMIT 1) AND NOT indisunique LIMIT 1); END $$`,
    lines: [fewer('indexes')],
  },
  {
    sql: 'DROP INDEX "by v"',
    lines: ['index public."by v" is missing', fewer('indexes')],
  },
  {
    sql: 'ALTER TABLE "Mess werte" DROP CONSTRAINT "Mess werte_device_fkey"',
    lines: ['constraint public."Mess werte": "Mess werte_device_fkey" is missing', fewer('constraints')],
  },
]

export const lossesOfFull: readonly Loss[] = [
  {
    sql: `SELECT remove_retention_policy('"Mess werte"')`,
    lines: ['job 1000 (policy_retention of public."Mess werte") is missing'],
  },
  {
    sql: 'SELECT delete_job(1003)',
    lines: ['job 1003 (public.clean) is missing'],
  },
  {
    sql: 'SELECT alter_job(1003, scheduled => false)',
    lines: ['job 1003 (public.clean) is not scheduled, and was'],
  },
  {
    sql: `SELECT alter_job(1003, config => '{"keep": 2}')`,
    lines: ['job 1003 (public.clean) has the config {"keep": 2} instead of {"keep": 3}'],
  },
  {
    sql: `ALTER MATERIALIZED VIEW "täg lich" SET (timescaledb.materialized_only = false)`,
    lines: ['continuous aggregate public."täg lich" adds rows that are not materialized, and did not'],
  },
  {
    sql: `SELECT decompress_chunk(c) FROM show_chunks('"Mess werte"') c LIMIT 1`,
    lines: expect.arrayContaining([
      'hypertable public."Mess werte" has 2 compressed chunks instead of 3',
    ]) as unknown as unknown[],
  },
]
