import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { formers } from '../helpers/cluster.ts'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { canRunEngine, PrivateEngine } from '../helpers/private_engine.ts'
import { startSlowSave } from '../helpers/saving.ts'
import { programsAt } from '../helpers/server.ts'
import { soak } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The engine goes away in the middle, as on an update of docker: an error in words, and the next run succeeds. */
const why = noEngine
  ? whyNoEngine
  : canRunEngine
    ? soak
      ? ''
      : ' (not run: takes minutes; SOAK=1)'
    : ' (not run: takes root and dockerd)'

describe.skipIf(noEngine || !canRunEngine || !soak)(`the engine is restarted${why}`, () => {
  let engine: PrivateEngine
  let toolkit: Toolkit
  let id: string
  beforeAll(async () => {
    engine = await PrivateEngine.create()
    process.env.DOCKER_HOST = engine.host
    toolkit = await Toolkit.create()
  }, 600_000)
  afterAll(async () => {
    await toolkit.dispose()
    await engine.dispose()
  })

  const rows = async () => (await toolkit.sql('SELECT count(*)::int AS n FROM t'))[0].n

  async function goneAt(when: RegExp, script: string, args: string[]): Promise<void> {
    const run = await toolkit.run(script, args, { env: atStep(when, engine.stopCommand) })
    expect(run.stderr).toMatch(stepReached)
    expect([1, 5, 8], run.stderr).toContain(run.code)
    expect(run.stderr).not.toContain('A defect')
    await engine.awake()
  }

  test('while a cluster is made: the next start makes it', async () => {
    await goneAt(/^spawn docker exec .*pg_isready/, 'database.ts', ['start'])
    await toolkit.startDatabase()
    await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  })

  test('while a save runs: it ends, leaves nothing that the next does not clear away', async () => {
    const { done } = await startSlowSave(toolkit)
    await engine.restart()
    const run = await done
    expect([1, 5, 8], run.stderr).toContain(run.code)
    await toolkit.startDatabase()
    id = await toolkit.save()
    expect(await toolkit.remains()).toEqual([])
    expect(await programsAt(toolkit.backupsDir)).toEqual([])
  })

  test.each([
    ['before it unpacks', /^spawn docker run .*toolkit-unpack/],
    ['before it is made ready', /^spawn docker run .*toolkit-finish/],
    ['before the database is stopped', /^spawn docker stop/],
    ['after the swap, before the database is started', /^spawn docker run --detach/],
  ])('while a restore runs, %s: the old data or the new, whole', async (_, when) => {
    await toolkit.startDatabase()
    await toolkit.sql('TRUNCATE t; INSERT INTO t SELECT generate_series(1, 1001)')
    const before = (await formers(toolkit)).length
    await goneAt(when, 'restore_docker.ts', [id, '--yes'])
    const swapped = (await formers(toolkit)).length > before
    await toolkit.startDatabase()
    expect(await rows()).toBe(swapped ? 1000 : 1001)
    await toolkit.ok('restore_docker.ts', [id, '--yes'])
    await toolkit.ok('database.ts', ['start-restored'])
    expect(await rows()).toBe(1000)
    expect(await toolkit.remains()).toEqual([])
    await toolkit.ok('database.ts', ['discard-former', '--force'])
  })
})
