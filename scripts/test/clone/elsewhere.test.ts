import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { noEngine, noTimescale } from '../helpers/place.ts'
import { databases, hashes, makeDatabase } from '../helpers/restoring.ts'
import { watched } from '../helpers/secret_watch.ts'
import { Toolkit } from '../helpers/toolkit.ts'
import { hypertables } from '../inventory/objects.ts'

/** A clone on another server, which has a password of its own. */
let here: Toolkit
let there: Toolkit
const secret = 'OpenSesame4711there'
let where: string[]
beforeAll(async () => {
  here = await Toolkit.create()
  there = await Toolkit.create()
  await Promise.all([here.startDatabase(), there.startDatabase()])
  await here.sql('CREATE ROLE keeper')
  await makeDatabase(here, 'shop', [
    ...(noTimescale ? [] : hypertables),
    'CREATE TABLE t AS SELECT generate_series(1, 3) AS n',
    'ALTER TABLE t OWNER TO keeper',
  ])
  await here.sql(`ALTER ROLE keeper IN DATABASE shop SET work_mem = '5MB'`)
  await there.sql(`CREATE ROLE copier SUPERUSER LOGIN PASSWORD '${secret}'`)
  const file = join(here.home, 'password')
  await writeFile(file, secret, { mode: 0o600 })
  where = [
    '--target-host',
    '127.0.0.1',
    '--target-port',
    String(there.port),
    '--target-user',
    'copier',
    '--target-password-file',
    file,
  ]
})
afterAll(async () => {
  await here.dispose()
  await there.dispose()
})
const clone = (...args: string[]) => here.run('db_backup.ts', ['clone', 'shop', 'shop', ...where, ...args])

test('a role that is not there: exit 5; NO_OWNER does without, and says what is missing', async () => {
  const run = await clone()
  expect(outcome(run)).toMatch(ended(5))
  expect(run.stderr).toMatch(/The server lacks what database “shop” needs[\s\S]*role “keeper” does not exist/)
  expect(await databases(there)).toEqual([])
  const without = await clone('--no-owner', '--no-acl')
  expect(outcome(without)).toMatch(ended(0))
  expect(without.stdout).toMatch(
    /note: the setting work_mem of the database itself: role "keeper" does not exist/,
  )
  await there.sql('DROP DATABASE shop')
})

test('the same, with the role: equal; no password in an argv, an environment or a container', async () => {
  await there.sql('CREATE ROLE keeper')
  const watch = await watched([secret], here.home, async () => {
    const run = await clone('--verbose')
    expect(outcome(run)).toMatch(ended(0))
    expect(run.stdout).toMatch(/“shop” on 127\.0\.0\.1, .* by pg_dump into pg_restore/)
    expect(run.stdout + run.stderr).not.toContain(secret)
  })
  expect(watch.leaks).toEqual([])
  expect([...watch.programs]).toEqual(expect.arrayContaining(noEngine ? ['pg_restore'] : ['docker']))
  expect(await hashes(there, 'shop')).toEqual(await hashes(here, 'shop'))
})

test('a wrong password there: exit 1, and nothing asks', async () => {
  await writeFile(join(here.home, 'password'), 'wrong', { mode: 0o600 })
  const run = await here.run('db_backup.ts', ['clone', 'shop', 'more', ...where])
  expect(outcome(run)).toMatch(ended(1))
  expect(run.stderr).toMatch(/The password of role “copier” is wrong/)
  expect(await databases(there)).toEqual(['shop'])
})
