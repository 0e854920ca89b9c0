import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docker, noEngine, whyNoEngine } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const env = { NETWORK: 'bridge' }

describe.skipIf(noEngine)(`a bridge network${whyNoEngine}`, () => {
  let toolkit: Toolkit
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    await toolkit.ok('database.ts', ['start'], { env })
  })
  afterAll(() => toolkit.dispose())

  test('the port is published on this machine only, and wants the password', async () => {
    expect(await docker('port', toolkit.container)).toMatch(
      new RegExp(`^${toolkit.port}/tcp -> 127\\.0\\.0\\.1:${toolkit.port}$`),
    )
    expect(await toolkit.sql('SELECT 1 AS n')).toEqual([{ n: 1 }])
    const wrong = await toolkit.run('save.ts', [], { env: { ...env, PGPASSWORD: 'wrong' } })
    expect(wrong.code, wrong.stderr).toBe(1)
  })

  test('status, psql, save and restore work as on the host’s network', async () => {
    await toolkit.sql('CREATE TABLE kept AS SELECT 1 AS n')
    expect(await toolkit.json('database.ts', ['status'], { env })).toMatchObject({
      state: 'running',
      databases: 1,
    })
    const psql = await toolkit.ok('database.ts', ['psql', '--command', 'SELECT 6 * 7'], { env })
    expect(psql.stdout).toContain('42')
    const { metadata } = await toolkit.json('save.ts', [], { env })
    await toolkit.sql('DROP TABLE kept')
    await toolkit.ok('restore_docker.ts', [metadata.id, '--yes'], { env })
    const started = await toolkit.json('database.ts', ['start-restored'], { env })
    expect(started).toMatchObject({ timeline: 2, login_works: true })
    expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
  })

  test('a taken port is named', async () => {
    await toolkit.ok('database.ts', ['stop'], { env })
    const squatter = createServer().listen(toolkit.port, '127.0.0.1')
    await once(squatter, 'listening')
    const run = await toolkit.run('database.ts', ['start'], { env })
    squatter.close()
    expect(run.code, run.stderr).toBe(5)
    expect(run.stderr).toContain(`Port ${toolkit.port} is taken`)
    expect(await docker('ps', '--all', '--quiet', '--filter', `name=${toolkit.container}`)).toBe('')
  })
})
