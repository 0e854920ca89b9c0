import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyBackup, ended, goBack, outcome, reseal } from '../helpers/cluster.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { createTablespaces, locations, look, oids, ownFolders } from '../helpers/tablespaces.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let saved: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await createTablespaces(toolkit)
  saved = await toolkit.save()
})
afterAll(() => toolkit.dispose())

test('tar: new folders for what is restored, the former keeps its own', async () => {
  const before = await look(toolkit)
  expect(before.chunks_there).toBe(true)
  await toolkit.sql('DELETE FROM in_fast; DROP TABLE in_slow')
  await toolkit.ok('restore_docker.ts', [saved, '--yes'])
  expect(await look(toolkit)).toEqual(before)
  const { fast, slow } = await oids(toolkit)
  const places = await locations(toolkit)
  expect(places[0]).toMatch(new RegExp(`^${toolkit.tablespaces}/${fast}-\\d{8}_\\d{6}$`))
  expect(places[1]).toMatch(new RegExp(`^${toolkit.tablespaces}/${slow}-\\d{8}_\\d{6}$`))

  await goBack(toolkit)
  expect(await locations(toolkit)).toEqual([
    `${toolkit.tablespaces}/fast disk`,
    `${toolkit.tablespaces}/slow disk`,
  ])
  expect(await toolkit.sql('SELECT count(*)::int AS n FROM in_fast')).toEqual([{ n: 0 }])
})

test('discard-former frees the tablespaces of the former data, and no others', async () => {
  await toolkit.ok('restore_docker.ts', [saved, '--yes'])
  const used = (await locations(toolkit)).map(path => path.slice(toolkit.tablespaces.length + 1))
  expect(await ownFolders(toolkit)).toEqual(expect.arrayContaining(['slow disk', 'fast disk', ...used]))
  await toolkit.ok('database.ts', ['discard-former', '--yes'])
  const left = await ownFolders(toolkit)
  expect(left).not.toContain('slow disk')
  expect(left).not.toContain('fast disk')
  expect(left).toEqual(expect.arrayContaining(used))
  expect((await look(toolkit)).fast).toMatch(/^5000 /)
})

test.skipIf(!soak)(`plain; and what was restored saves and restores again${whyNotNow}`, async () => {
  const before = await look(toolkit)
  for (const format of ['plain', 'tar']) {
    const again = await toolkit.save('--format', format)
    await toolkit.sql('DELETE FROM in_fast; DELETE FROM in_slow')
    await toolkit.ok('restore_docker.ts', [again, '--yes'])
    expect(await look(toolkit)).toEqual(before)
  }
  const { timeline } = await toolkit.json('database.ts', ['start-restored'])
  expect(timeline).toBeGreaterThan(2)
})

test('the archive of a tablespace is missing: exit 3', async () => {
  const { slow } = await oids(toolkit)
  const folder = await copyBackup(toolkit.backup(saved), join(toolkit.home, 'copies'))
  await toolkit.asRoot(`rm '${folder}/${slow}'.tar*`)
  const run = await toolkit.run('restore_docker.ts', [folder, '--yes'])
  expect(outcome(run)).toMatch(ended(3))
  expect(run.stderr).toContain(`${slow}.tar`)

  await reseal(folder, metadata => {
    metadata.files = metadata.files.filter(f => !f.name.startsWith(`${slow}.`))
  })
  const sealed = await toolkit.run('restore_docker.ts', [folder, '--yes'])
  expect(outcome(sealed)).toMatch(ended(3))
  expect(sealed.stderr).toContain(`pg_tblspc/${slow}/`)
})
