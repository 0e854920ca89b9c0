import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { image, noEngine } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const root = join(import.meta.dirname, '..', '..', '..')
let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

/** Plain Node.js, as a program that depends on the package would run. */
async function inNode(code: string): Promise<unknown> {
  const settings = {
    PGPORT: toolkit.port,
    PGPASSWORD: toolkit.password,
    CONTAINER: toolkit.container,
    BACKUPS_DIR: toolkit.backupsDir,
    DATA_DIR: toolkit.dataDir,
    ...(noEngine && { RUNTIME: 'local', PG_BIN: image }),
  }
  const program = `
    import { BackupManager, exploreDatabase, ToolkitError, exitCodes } from ${JSON.stringify(join(root, 'scripts/api.js'))}
    const settings = ${JSON.stringify(settings)}
    const result = await (async () => { ${code} })()
    console.log(JSON.stringify(result))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  return JSON.parse(stdout)
}

test('a program saves, lists, verifies and restores by the exported class', async () => {
  await toolkit.sql('CREATE TABLE kept AS SELECT generate_series(1, 500) AS n')
  const result = await inNode(`
    const said = []
    const manager = new BackupManager(settings, { onMessage: message => said.push(message) })
    const { metadata } = await manager.createBackup({ LABEL: 'from a program' })
    const [listed] = await manager.listBackups()
    const verified = await manager.verifyBackup(metadata.id, { deep: true })
    const restored = await manager.restoreCluster(metadata.id)
    return { said, listed, verified, started: restored.started }`)
  expect(result).toMatchObject({
    listed: { label: 'from a program', damage: null },
    verified: { result: 'ok', level: 'deep', problems: [] },
    started: true,
  })
  expect((result as { said: string[] }).said.join('\n')).toMatch(/Saving .*zstd:3/)
  expect(await toolkit.sql('SELECT count(*)::int FROM kept')).toEqual([{ count: 500 }])
})

test('errors have their kind, and every setting that cannot be used is named', async () => {
  const result = await inNode(`
    const failure = async work => { try { await work() } catch (error) {
      return { is: error instanceof ToolkitError, kind: error.kind, why: error.why, code: exitCodes[error.kind].code } } }
    return [
      await failure(() => new BackupManager({ PGPORT: 'x', NONSENSE: 1 })),
      await failure(() => new BackupManager({ ...settings, PGPASSWORD: 'wrong' }).createBackup()),
      await failure(() => new BackupManager(settings).verifyBackup('none')),
    ]`)
  expect(result).toMatchObject([
    { is: true, kind: 'usage', code: 4, why: expect.stringMatching(/NONSENSE[\s\S]*--port/) },
    { is: true, kind: 'connection', code: 1 },
    { is: true, kind: 'usage', code: 4 },
  ])
})

test('a program looks at a database by the exported function', async () => {
  const code = `
    const { PGPORT, PGPASSWORD } = settings
    const asked = []
    const explored = await exploreDatabase(
      { PGPORT, PGPASSWORD, REPORTS_DIR: ${JSON.stringify(join(toolkit.home, 'reports'))} },
      { onStatement: ({ name }) => asked.push(name) },
    )
    const { report, files, statements } = explored
    return { ids: report.relations.map(({ id }) => id), html: files.html, same: asked.length === statements }`
  expect(await inNode(code)).toMatchObject({
    ids: expect.arrayContaining(['public.kept']),
    html: expect.stringContaining(toolkit.home),
    same: true,
  })
})
