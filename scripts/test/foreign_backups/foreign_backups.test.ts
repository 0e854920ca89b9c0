import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basebackup, ended, outcome } from '../helpers/cluster.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** What pg_basebackup wrote without this toolkit: restored, listed, verified. */
let toolkit: Toolkit
const sum = async () => (await toolkit.sql('SELECT count(*)::int AS n, sum(n)::int AS s FROM t'))[0]

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
})
afterAll(() => toolkit.dispose())

type Kind = [name: string, args: string[], file: string]
const kinds: Kind[] = [
  ['tar_gzip', ['--format=tar', '--gzip'], 'base.tar.gz'],
  ['tar_zstd', ['--format=tar', '--compress=client-zstd:1'], 'base.tar.zst'],
  ['plain', ['--format=plain'], 'PG_VERSION'],
  ['no_manifest', ['--format=tar', '--no-manifest'], 'base.tar'],
]
const moreKinds: Kind[] = [
  ['tar_none', ['--format=tar'], 'base.tar'],
  ['tar_lz4', ['--format=tar', '--compress=client-lz4'], 'base.tar.lz4'],
]

async function isRestored(name: string, args: string[], file: string): Promise<void> {
  const expected = await sum()
  const folder = await basebackup(toolkit, name, ...args)
  expect(existsSync(join(folder, file))).toBe(true)
  await toolkit.sql('DELETE FROM t WHERE n = (SELECT max(n) FROM t)')

  const listed = (await toolkit.json('db_backup.ts', ['list'])).backups.find(
    (b: { id: string }) => b.id === name,
  )
  expect(listed).toMatchObject({ foreign: true, damage: null, format: name === 'plain' ? 'plain' : 'tar' })

  const verified = await toolkit.run('db_backup.ts', ['verify', name, '--json'])
  expect(outcome(verified)).toMatch(ended(0))
  const [result] = JSON.parse(verified.stdout)
  expect(result).toMatchObject({ id: name, result: 'ok', level: 'deep' })
  expect(result.notes.join('\n').includes('backup_manifest')).toBe(name === 'no_manifest')

  const restored = await toolkit.run('restore_docker.ts', [name, '--yes'])
  expect(outcome(restored)).toMatch(ended(0))
  expect(restored.stderr).toContain('has no metadata.json')
  expect(restored.stderr.includes('no manifest')).toBe(name === 'no_manifest')
  expect(await sum()).toEqual(expected)
  await rm(folder, { recursive: true })
}

test.skipIf(!soak).each(moreKinds)(`%s is listed as foreign, verifies, restores${whyNotNow}`, isRestored)
test.each(kinds)('%s is listed as foreign, verifies, restores', isRestored)

test('start-restored says which one it was', async () => {
  const started = await toolkit.json('database.ts', ['start-restored'])
  expect(started).toMatchObject({
    restored_from: 'no_manifest',
    backup_label_consumed: true,
    login_works: true,
  })
})

test('a file changed in an unpacked backup', async () => {
  const folder = await basebackup(toolkit, 'plain_changed', '--format=plain')
  await toolkit.asRoot(`printf x | dd of='${folder}/base/1/1259' bs=1 seek=100 conv=notrunc status=none`)
  const run = await toolkit.run('restore_docker.ts', ['plain_changed', '--yes'])
  expect(outcome(run)).toMatch(ended(3))
  expect(run.stderr).toContain('base/1/1259')
})
