import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { fingerprint } from '../../operations/fingerprint.ts'
import type { ImageFacts } from '../../runtime/runtime.ts'
import { Theirs } from './theirs.ts'
import { docker, type Toolkit, withToolkit } from './toolkit.ts'

/** What `make test-image` tries with an image. Each story makes what it needs and takes it away again. */
type Story = (image: ImageFacts) => Promise<void>

const look = async (toolkit: Toolkit) => {
  const client = await toolkit.client()
  try {
    return await fingerprint(client)
  } finally {
    await client.end()
  }
}

/** With a database of the toolkit’s own: another format and compression each time around. */
const own =
  (...how: string[]): Story =>
  () =>
    withToolkit(async toolkit => {
      await toolkit.startDatabase()
      await toolkit.ok('sample.ts', ['--days', '1'])
      const before = await look(toolkit)
      const backup = await toolkit.save(...how)
      await toolkit.ok('db_backup.ts', ['verify', backup, '--deep'])
      await toolkit.sql('CREATE TABLE later AS SELECT 1')
      await toolkit.ok('restore_docker.ts', [backup, '--yes'])
      match((await toolkit.ok('database.ts', ['start-restored'])).stdout, /PASS|recover|timeline/i)
      deepEqual(await look(toolkit), before)
      equal((await toolkit.json('database.ts', ['status'])).state, 'running')
      equal(
        (await toolkit.ok('database.ts', ['psql', '--command', 'SELECT 6 * 7'])).stdout.includes('42'),
        true,
      )
      await toolkit.save(...how)
    })

const question =
  "SELECT count(*), to_regclass('later') IS NULL, (SELECT timeline_id FROM pg_control_checkpoint()) FROM t"

/** With a container that was made without the toolkit, by the image’s own entrypoint. */
async function saveAndRestore(theirs: Theirs, container: string): Promise<string> {
  await theirs.psql(container, 'CREATE TABLE t AS SELECT generate_series(1, 1000) AS i')
  const backup = await theirs.save(container)
  await theirs.psql(container, 'CREATE TABLE later AS SELECT 1')
  await theirs.ok(container, 'restore_docker.ts', backup, '--yes')
  equal(await theirs.psql(container, question), '1000|t|2')
  // It needs nothing of the toolkit’s any more.
  await docker('restart', container)
  await theirs.ready(container)
  equal(await theirs.psql(container, question), '1000|t|2')
  await theirs.save(container)
  return backup
}

/** Where people mount their volume: the one that the image declares, else the folder above its data. */
const mountPoint = ({ volume, pgdata }: ImageFacts): string => volume ?? posix.dirname(pgdata)

export const stories: Record<string, Story> = {
  'own, tar, zstd': own(),
  'own, plain, none': own('--format', 'plain', '--compress', 'none'),

  'theirs, volume': image =>
    Theirs.with(async theirs => {
      const mount = `type=volume,source=${theirs.volume('data')},target=${mountPoint(image)}`
      const container = await theirs.run('volume', '--mount', mount, image.image)
      const backup = await saveAndRestore(theirs, container)
      const fresh = theirs.volume('fresh')
      await theirs.ok('', 'restore_docker.ts', backup, '--target', `volume:${fresh}`, '--yes')
      const other = `type=volume,source=${fresh},target=${mountPoint(image)}`
      const second = await theirs.run('fresh', '--mount', other, image.image)
      equal(await theirs.psql(second, question), '1000|t|2')
    }),

  'theirs, folder': image =>
    Theirs.with(async theirs => {
      const folder = await mkdtemp(join(tmpdir(), "their 'folder' "))
      await theirs.folder(folder, image)
      const mount = `type=bind,"source=${folder}",target=${mountPoint(image)}`
      const container = await theirs.run('folder', '--mount', mount, image.image)
      await saveAndRestore(theirs, container)
    }),
}
