import { execFile } from 'node:child_process'
import { chown, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docker, noEngine, whyNoEngine } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/**
 * Who uses the toolkit is seldom root, and then may look neither into a data directory nor into the folder of its
 * tablespaces. Here it is a number without a name, as in a container with --user.
 */
const uid = 1234
const socket = await stat('/var/run/docker.sock').catch(() => undefined)
const mayBecome = !noEngine && process.getuid?.() === 0 && socket !== undefined && socket.gid !== 0
const whyNot = mayBecome
  ? ''
  : whyNoEngine || ' (not run: that takes root, and the socket of an engine that has a group)'

let toolkit: Toolkit
async function ok(script: string, ...args: string[]): Promise<string> {
  const become = [`--reuid=${uid}`, `--regid=${socket?.gid}`, '--clear-groups']
  const program = [process.execPath, '--import', 'tsx', join(import.meta.dirname, '../..', script)]
  const env = { ...toolkit.env, HOME: toolkit.home }
  const { stdout } = await promisify(execFile)('setpriv', [...become, ...program, ...args], { env })
  return stdout
}
const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)
const ownFolders = () => toolkit.asRoot(`ls '${toolkit.dataDir}-tablespaces'`)

beforeAll(async () => {
  if (!mayBecome) return
  toolkit = await Toolkit.create()
  await chown(toolkit.home, uid, socket.gid)
})
afterAll(() => toolkit?.dispose())

test.skipIf(!mayBecome)(
  `an ordinary user starts, saves, restores and discards, tablespaces included${whyNot}`,
  async () => {
    await ok('database.ts', 'start')
    const location = '/var/lib/postgresql/tablespaces/a disk'
    await docker('exec', '--user', 'postgres', toolkit.container, 'mkdir', location)
    await toolkit.sql(`CREATE TABLESPACE ts LOCATION '${location}'`)
    await toolkit.sql('CREATE TABLE t TABLESPACE ts AS SELECT generate_series(1, 1000) AS n')
    for (const format of ['tar', 'plain']) {
      const { metadata } = JSON.parse(await ok('save.ts', '--format', format, '--json'))
      expect((await stat(toolkit.backup(metadata.id))).uid).toBe(uid)
      await toolkit.sql('DELETE FROM t')
      await ok('restore_docker.ts', metadata.id, '--yes', ...(format === 'plain' ? ['--in-place'] : []))
      expect(await rows()).toBe(1000)
    }
    expect(JSON.parse(await ok('database.ts', 'start-restored', '--json'))).toMatchObject({
      login_works: true,
    })
    expect(await ownFolders()).toContain('a disk')
    await ok('database.ts', 'discard-former', '--yes')
    expect((await ownFolders()).split('\n')).toHaveLength(1)
    expect(await rows()).toBe(1000)
  },
)
