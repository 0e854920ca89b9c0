import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, formers, outcome, said } from '../helpers/cluster.ts'
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

test('TABLESPACE_MAP by oid and by the old path', async () => {
  const { fast } = await oids(toolkit)
  const disks = [join(toolkit.home, 'disk 1'), join(toolkit.home, 'disk 2')] as const
  const map = `${fast}=${disks[0]},${toolkit.tablespaces}/slow disk=${disks[1]}`
  const args = [saved, '--yes', '--tablespace-map', map]
  await mkdir(disks[0])
  await writeFile(join(disks[0], 'mine'), '')
  const refused = await toolkit.run('restore_docker.ts', args)
  expect(outcome(refused)).toMatch(ended(4))
  expect(refused.stderr).toContain(disks[0])
  expect(await readdir(disks[0])).toEqual(['mine'])
  await toolkit.asRoot(`rm '${disks[0]}/mine'`)

  // Interrupted: the user's folder stays, empty; the one that was made goes.
  const { child, done } = toolkit.start('restore_docker.ts', args)
  await said(child, /Extracted/)
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  expect(await readdir(disks[0])).toEqual([])
  expect(await readdir(toolkit.home)).not.toContain('disk 2')

  const before = await look(toolkit)
  await toolkit.sql('DELETE FROM in_fast; DELETE FROM in_slow')
  await toolkit.ok('restore_docker.ts', args)
  expect(await locations(toolkit)).toEqual([...disks])
  expect(await look(toolkit)).toEqual(before)
  // And a later start finds them again.
  await toolkit.ok('database.ts', ['restart'])
  expect(await look(toolkit)).toEqual(before)
})

test('a killed restore leaves folders of tablespaces: the next one takes them away', async () => {
  const before = await ownFolders(toolkit)
  const { child, done } = toolkit.start('restore_docker.ts', [saved, '--yes'])
  await said(child, /Extracted/)
  child.kill('SIGKILL')
  await done
  const left = (await ownFolders(toolkit)).filter(name => !before.includes(name))
  expect(left).toHaveLength(2)
  await toolkit.ok('restore_docker.ts', [saved, '--yes'])
  expect((await ownFolders(toolkit)).filter(name => left.includes(name))).toEqual([])
  expect(await toolkit.remains()).toEqual([])
})

test('in place: the tablespaces of what is deleted go with it', async () => {
  const former = await formers(toolkit)
  const names = async () => (await locations(toolkit)).map(path => path.slice(toolkit.tablespaces.length + 1))
  const before = await names()
  expect(await ownFolders(toolkit)).toEqual(expect.arrayContaining(before))
  await toolkit.ok('restore_docker.ts', [saved, '--yes', '--in-place'])
  const left = await ownFolders(toolkit)
  expect(left).toEqual(expect.arrayContaining(await names()))
  expect(left.filter(name => before.includes(name))).toEqual([])
  // What belongs to former data stays as well.
  expect(left).toEqual(expect.arrayContaining(['fast disk', 'slow disk']))
  expect(await formers(toolkit)).toEqual(former)
})
