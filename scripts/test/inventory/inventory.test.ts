import { afterAll, beforeAll, expect, test } from 'vitest'
import { inventorySchema } from '../../catalog/inventory.ts'
import { compareHashes } from '../../plan/compare_counts.ts'
import { compareInventory } from '../../plan/compare_inventory.ts'
import { readTableHashes } from '../../postgres/table_hashes.ts'
import { noTimescale } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'
import { copy, found, make, read, statementsOf } from './copies.ts'
import { losses, lossesOfChunks, lossesOfFull, orders } from './losses.ts'
import { everyKind, fullEdition, hypertables } from './objects.ts'

/** What is in a database is read, dumped, restored by PostgreSQL’s own programs, read again and compared. */
let toolkit: Toolkit
let full = false
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  const [row] = await toolkit.sql("SELECT current_setting('timescaledb.license', true) AS license")
  full = row.license === 'timescale'
})
afterAll(() => toolkit.dispose())

test('every kind of object comes back, and each that is lost is found by name', async () => {
  const origin = await make(toolkit, 'origin', everyKind)
  const before = await read(origin)
  expect(inventorySchema.parse(before)).toEqual(before)
  const kinds = Object.keys(before.objects).filter(kind => before.objects[kind]?.length === 0)
  expect(kinds.sort()).toEqual([
    ...['access_methods', 'foreign_keys_to_chunks', 'operator_classes', 'text_search_parsers'],
    ...['text_search_templates', 'transforms'],
  ])
  const target = await copy(toolkit, 'origin', 'copied', false)
  expect(await read(target)).toEqual(before)
  expect(compareInventory(before, await read(target))).toEqual([])
  expect(await found(target, before, losses)).toEqual(losses)
  await origin.end()
  await target.end()
})

test('contents are compared row by row, whatever the session shows them as', async () => {
  const origin = await toolkit.client('origin')
  const target = await toolkit.client('copied')
  const before = await readTableHashes(origin)
  expect(before).toMatchObject({ [orders]: { rows: 100 }, 'public.parted': { rows: 60 } })
  expect(before).toMatchObject({ 'public.old_parent': { rows: 1 }, 'public.nothing': { rows: 0, hash: '0' } })
  expect(Object.keys(before)).not.toContain('public.parted_2024')
  const odd = `SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = 0; SET search_path = "Sonder Schema ✓"`
  await target.query(odd)
  expect(compareHashes(before, await readTableHashes(target))).toEqual([])
  expect((await target.query('SHOW DateStyle')).rows).toEqual([{ DateStyle: 'German, DMY' }])
  await target.query(`UPDATE ${orders} SET price = price + 1e-9 WHERE id = 7`)
  await target.query(`DELETE FROM public.parted WHERE id = 60`)
  expect(compareHashes(before, await readTableHashes(target))).toEqual([
    'table public.parted has 59 rows instead of 60',
    `table ${orders} has other values in its 100 rows`,
  ])
  expect(Object.keys(await readTableHashes(target, ['public.parted', 'public.none']))).toEqual([
    'public.parted',
  ])
  await origin.end()
  await target.end()
})

test('a role that may read everything is enough; one that may not read a sequence is told', async () => {
  const client = await toolkit.client('origin')
  const before = await read(client)
  await client.query('CREATE ROLE reads; SET ROLE reads')
  await expect(read(client)).rejects.toMatchObject({ kind: 'connection', message: /may not read 5 of the 5/ })
  await client.query('RESET ROLE; GRANT pg_read_all_data TO reads; SET ROLE reads')
  expect(await read(client)).toEqual(before)
  await client.query('RESET ROLE')
  const empty = await make(toolkit, 'empty', [])
  expect(await statementsOf(empty)).toBe(await statementsOf(client))
  await client.end()
  await empty.end()
})

test.skipIf(noTimescale)(
  `hypertables and their chunks come back, and what they lose is found${noTimescale ? ' (not run: this server has no TimescaleDB)' : ''}`,
  async () => {
    const origin = await make(toolkit, 'hyper', hypertables)
    const before = await read(origin)
    const target = await copy(toolkit, 'hyper', 'hyper_copied', true)
    // Not kept any more for the chunks: a row that is referred to could be deleted. Made anew it is.
    expect(compareInventory(before, await read(target))).toEqual([
      'foreign key to chunks public.refers: "zu two" is missing',
    ])
    await target.query(`ALTER TABLE refers DROP CONSTRAINT "zu two"`)
    await target.query(`ALTER TABLE refers ADD CONSTRAINT "zu two" FOREIGN KEY (at, n) REFERENCES two`)
    expect(await read(target)).toEqual(before)
    expect(compareHashes(await readTableHashes(origin), await readTableHashes(target))).toEqual([])
    expect(await found(target, before, lossesOfChunks)).toEqual(lossesOfChunks)
    await origin.end()
    await target.end()
  },
)

test('compressed chunks, continuous aggregates, policies and jobs: the same', async context => {
  if (!full) context.skip('this server has no full edition of TimescaleDB')
  const plain = hypertables.filter(statement => !statement.includes('refers'))
  const origin = await make(toolkit, 'full', [...plain, ...fullEdition])
  const before = await read(origin)
  expect(before).toMatchObject({ jobs: { length: 4 }, continuous_aggregates: { length: 1 } })
  const target = await copy(toolkit, 'full', 'full_copied', true)
  expect(await read(target)).toEqual(before)
  const hashes = await readTableHashes(origin)
  expect(hashes['public."Mess werte"']).toMatchObject({ rows: 1000 })
  await target.query(`SELECT decompress_chunk(c, true) FROM show_chunks('"Mess werte"') c`)
  expect(compareHashes(hashes, await readTableHashes(target))).toEqual([])
  await target.query(
    `SELECT compress_chunk(c) FROM show_chunks('"Mess werte"', older_than => '2024-01-20'::timestamptz) c`,
  )
  expect(await read(target)).toEqual(before)
  expect(await found(target, before, lossesOfFull)).toEqual(lossesOfFull)
  await origin.end()
  await target.end()
})
