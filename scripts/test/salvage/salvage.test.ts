import { execFile } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome, said } from '../helpers/cluster.ts'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { programsOf } from '../helpers/server.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { docker, freePort, image, type RunOptions, Toolkit } from '../helpers/toolkit.ts'

describe.skipIf(noEngine)(`salvage${whyNoEngine}`, () => {
  const inside = '/var/lib/postgresql/tablespaces'

  const sh = async (command: string) =>
    (await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', command], { maxBuffer: 1 << 28 })).stdout
  const quoted = (path: string) => `'${path.replaceAll("'", "'\\''")}'`

  let toolkit: Toolkit
  /** A cluster that was killed and has lost its WAL: it does not start. */
  let wreck: string
  let parent: string
  let copy: string
  const env = (dataDir: string) => ({ DATA_DIR: dataDir })
  const salvage = (input: string | undefined, args: string[] = [], options: RunOptions = {}) =>
    toolkit.run('salvage.ts', args, {
      env: { ...env(wreck), ...options.env },
      ...(input !== undefined && { input: `${input}\n` }),
    })
  const names = async (folder = parent) => (await readdir(folder)).filter(name => name !== '.lock').sort()
  const asRoot = (script: string) => toolkit.asRoot(script)

  /** Contents, owners, modes and times of everything that belongs to a cluster. */
  const digest = (dataDir: string) =>
    asRoot(`for d in ${quoted(dataDir)} ${quoted(`${dataDir}-tablespaces`)}; do cd "$d"
    find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
    find . -printf '%p %y %m %U %G %l %T@\\n' | sort | sha256sum; done`)

  const facts = `SELECT (SELECT count(*) || ' ' || sum(n) FROM kept) AS kept,
  (SELECT count(*) || ' ' || sum(n) FROM in_space) AS in_space,
  (SELECT count(*) || ' ' || sum(value) FROM measured) AS measured`

  beforeAll(async () => {
    toolkit = await Toolkit.create()
    parent = join(toolkit.home, 'it\'s a "place"')
    wreck = join(parent, "cluster's data")
    await toolkit.ok('database.ts', ['start'], { env: env(wreck) })
    await docker('exec', '--user', 'postgres', toolkit.container, 'mkdir', `${inside}/a disk`)
    await toolkit.sql(`CREATE TABLESPACE ts LOCATION '${inside}/a disk'`)
    await toolkit.sql(`CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 200);
    CREATE TABLE in_space TABLESPACE ts AS SELECT generate_series(1, 2000) AS n;
    CREATE TABLE measured (time timestamptz NOT NULL, value int);
    SELECT create_hypertable('measured', 'time');
    INSERT INTO measured SELECT '2026-01-01'::timestamptz + n * interval '1 hour', n FROM generate_series(1, 500) n`)
    await toolkit.sql('CREATE EXTENSION pg_buffercache')
    await toolkit.sql('CHECKPOINT')
    // Pages that are written after the checkpoint, and remember WAL of a segment that will be lost.
    for (let segment = 0; segment < 3; segment += 1) {
      await toolkit.sql(`SELECT pg_logical_emit_message(true, 'a', 'b')`)
      await toolkit.sql('SELECT pg_switch_wal()')
    }
    await toolkit.sql('INSERT INTO kept SELECT generate_series(201, 210)')
    // Before 17 there is no way to have that done.
    await toolkit
      .sql(
        `SELECT pg_buffercache_evict(bufferid) FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('kept')`,
      )
      .catch(() => {})
    await docker('kill', '--signal', 'KILL', toolkit.container)
    await docker('rm', '--force', '--volumes', toolkit.container)
    await asRoot(`rm -r ${quoted(wreck)}/pg_wal`)
  })
  afterAll(async () => {
    await docker('rm', '--force', '--volumes', `${toolkit.container}-salvage`).catch(() => {})
    await toolkit.dispose()
  })

  test('the cluster does not start, and start does not speak of salvage', async () => {
    const start = () => toolkit.run('database.ts', ['start'], { env: env(wreck) })
    let run = await start()
    // The process that writes the log ends with the server's container, now and then before its last line.
    for (let more = 3; more > 0 && !run.stderr.includes('pg_wal'); more -= 1) run = await start()
    expect(outcome(run)).toMatch(ended(8))
    expect(run.stderr).toMatch(/pg_wal/)
    expect(run.stderr).not.toMatch(/salvage|resetwal/)
    await toolkit.ok('database.ts', ['stop'], { env: env(wreck) })
  })

  test.each([
    ['another word', 'yes', [], 130],
    ['a word like it', 'Salvage', [], 130],
    ['nothing', undefined, [], 4],
    ['FORCE in its place', undefined, ['--yes'], 4],
    ['FORCE and another word', 'y', ['--yes'], 130],
    ['only a plan', undefined, ['--dry-run'], 0],
  ])('%s: nothing is made', async (_, typed, args, code) => {
    const before = await names()
    const run = await salvage(typed, args)
    expect(outcome(run)).toMatch(ended(code))
    expect(run.stderr).toMatch(/What pg_resetwal destroys/)
    expect(run.stderr).toContain(`${inside.split('/').at(-1)}/a disk`)
    if (code === 4) expect(run.stderr).toContain('echo salvage | make salvage')
    expect(await names()).toEqual(before)
  })

  test.skipIf(!canMount)(`no space for the copy: 2, and nothing is made${whyNoDisk}`, () =>
    withSmallDisk(70, async disk => {
      const dataDir = join(disk, 'data')
      await sh(
        `cp -a ${quoted(wreck)} ${quoted(dataDir)}; cp -a ${quoted(wreck)}-tablespaces ${quoted(dataDir)}-tablespaces`,
      )
      const before = await names(disk)
      const run = await salvage('salvage', ['--target', dataDir])
      expect(outcome(run)).toMatch(ended(2))
      expect(await names(disk)).toEqual(before)
    }),
  )

  test('interrupted: 130, and nothing is left', async () => {
    const before = await names()
    const { child, done } = toolkit.start('salvage.ts', [], { env: env(wreck), input: 'salvage\n' })
    await said(child, /Copying/)
    child.kill('SIGINT')
    expect(outcome(await done)).toMatch(ended(130))
    expect(await names()).toEqual(before)
    expect(await programsOf(toolkit, child.pid)).toEqual([])
  })

  test('takes away what a killed run left, salvages a copy, and leaves the original as it is, to the byte', async () => {
    const before = await digest(wreck)
    const { child, done } = toolkit.start('salvage.ts', [], { env: env(wreck), input: 'salvage\n' })
    await said(child, /Copying/)
    child.kill('SIGKILL')
    await done
    expect((await names()).filter(name => name.endsWith('.partial'))).toHaveLength(1)
    const run = await salvage('salvage', ['--json'])
    expect(outcome(run)).toMatch(ended(0))
    expect(run.stderr).toMatch(/There is no backup in/)
    expect(run.stderr).toMatch(/Removing .*partial/)
    expect(run.stderr).toMatch(/Values to be changed/)
    expect(run.stderr).toMatch(/wants to be forced \(-f\), because the server was not shut down cleanly/)
    expect(await digest(wreck)).toBe(before)
    const result = JSON.parse(run.stdout)
    copy = result.copy
    expect(result).toMatchObject({ done: true, forced: 'unclean' })
    expect(dirname(copy)).toBe(parent)
    expect(basename(copy)).toMatch(/^cluster's data\.salvage-\d{8}_\d{6}$/)
    expect((await names()).filter(name => name.includes('.salvage-'))).toEqual(
      [copy, `${copy}-tablespaces`, `${copy}.cluster.json`].map(path => basename(path)),
    )

    // The commands that it prints, typed in.
    const { start, dump, stop } = result.afterwards
    const make = (line: string) =>
      sh(`cd ${quoted(join(import.meta.dirname, '../../..'))}; ${line.replace('make', 'make -s')} 2>&1`)
    process.env.TOOLKIT_HOME = toolkit.home
    Object.assign(process.env, { PGPASSWORD: toolkit.password, IMAGE: image })
    const started = await make(start)
    expect(started).toMatch(/salvaged with pg_resetwal/)
    await sh(`cd ${quoted(toolkit.home)}; ${dump.join('; ')}`)

    const port = Number(/PGPORT=(\d+)/.exec(start)?.[1])
    const container = `${toolkit.container}-salvage`
    const ask = (sql: string) =>
      docker('exec', '--user', 'postgres', container, 'psql', '-XqAtp', String(port), '-c', sql)
    const settings = [
      'archive_mode',
      'autovacuum',
      'default_transaction_read_only',
      'timescaledb.max_background_workers',
    ]
    expect(await Promise.all(settings.map(name => ask(`SHOW ${name}`)))).toEqual(['off', 'off', 'on', '0'])
    expect(await ask(`SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'ts'`)).toMatch(
      new RegExp(`^${inside}/\\d+$`),
    )
    // Its pages can be written although the WAL that they remember is gone.
    await ask('CHECKPOINT')

    const running = { env: { ...env(copy), CONTAINER: container, PGPORT: String(port) } }
    const status = await toolkit.ok('database.ts', ['status'], running)
    expect(status.stdout).toMatch(/SALVAGED/)
    const save = await toolkit.ok('save.ts', ['--dry-run'], running)
    expect(save.stderr).toMatch(/salvaged with pg_resetwal/)

    // Whoever it is that runs, and by whatever name it is asked for.
    for (const name of [container, 'another-name']) {
      const refused = await salvage('salvage', ['--target', copy], { env: { CONTAINER: name } })
      expect(outcome(refused)).toMatch(ended(5))
      expect(refused.stderr).toContain(`is running on ${copy}: ${container}`)
    }
    await make(stop)
    expect(await digest(wreck)).toBe(before)
  })

  test('what was dumped loads into a new cluster, row by row', async () => {
    await toolkit.startDatabase()
    const psql = `docker exec --interactive --user postgres ${toolkit.container} psql -Xq --port=${toolkit.port} --username=postgres`
    const restore = `docker exec --interactive --user postgres ${toolkit.container} pg_restore --port=${toolkit.port} --username=postgres`
    // The folder of the tablespace has to be there first: globals.sql names it.
    const globals = await sh(`cat ${quoted(toolkit.home)}/globals.sql`)
    const location = /LOCATION '([^']+)'/.exec(globals)?.[1] ?? ''
    await docker('exec', '--user', 'postgres', toolkit.container, 'mkdir', '-m', '700', location)
    await sh(`${psql} -d postgres < ${quoted(toolkit.home)}/globals.sql 2>/dev/null || true`)
    await sh(`${psql} -d postgres -c 'CREATE DATABASE saved'
    ${psql} -d saved -c 'CREATE EXTENSION IF NOT EXISTS timescaledb' -c 'SELECT timescaledb_pre_restore()'
    ${restore} -d saved < ${quoted(toolkit.home)}/postgres.dump
    ${psql} -d saved -c 'SELECT timescaledb_post_restore()' -c 'ANALYZE'`)
    const [row] = await toolkit.sql(facts, 'saved')
    expect(row).toEqual({ kept: '200 20100', in_space: '2000 2001000', measured: '500 125250' })
  })

  test('where there is a backup, that is the first thing it says', async () => {
    const id = await toolkit.save()
    const run = await salvage('no')
    expect(outcome(run)).toMatch(ended(130))
    expect(run.stderr.indexOf('make list')).toBeGreaterThan(-1)
    expect(run.stderr.indexOf('make list')).toBeLessThan(run.stderr.indexOf('Salvage '))
    expect(run.stderr).toMatch(/make restore BACKUP_DIR=latest/)
    await rm(toolkit.backup(id), { recursive: true })
  })

  /** A wreck of a wreck, in the place of the first. */
  async function variant(name: string, script: string): Promise<string> {
    const folder = join(parent, name)
    await asRoot(`cp -a ${quoted(wreck)} ${quoted(folder)}; cp -a ${quoted(wreck)}-tablespaces ${quoted(folder)}-tablespaces
    cp ${quoted(wreck)}.cluster.json ${quoted(folder)}.cluster.json; cd ${quoted(folder)}; ${script}`)
    return folder
  }

  test.each([
    ['damaged', `printf x | dd of=global/pg_control bs=1 seek=100 conv=notrunc status=none`],
    ['lost', 'rm global/pg_control'],
  ])(
    'a control file that is %s: said aloud, counters from the files, and the rows are there',
    async (what, script) => {
      const folder = await variant(`control ${what}`, script)
      const run = await salvage('salvage', ['--target', folder, '--json'])
      expect(outcome(run)).toMatch(ended(0))
      expect(run.stderr).toMatch(/control file is lost or damaged/)
      const { copy: made, forced, plan } = JSON.parse(run.stdout)
      expect(forced).toBe('guessed')
      expect(plan.options).toContain('--next-transaction-id=1048576')
      const port = await freePort()
      const place = { env: { ...env(made), CONTAINER: `${toolkit.container}-salvage`, PGPORT: String(port) } }
      await toolkit.ok('database.ts', ['start'], place)
      const rows = await toolkit.ok('database.ts', ['psql', '--command', facts], place)
      await toolkit.ok('database.ts', ['stop'], place)
      expect(rows.stdout).toMatch(/2000 2001000 +\| 500 125250/)
    },
  )

  test('a base backup that was not recovered: 5, never', async () => {
    const folder = await variant(
      'with label',
      `echo 'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)' > backup_label`,
    )
    const before = await names()
    const run = await salvage('salvage', ['--target', folder])
    expect(outcome(run)).toMatch(ended(5))
    expect(run.stderr).toMatch(/backup_label[\s\S]*make restore/)
    expect(await names()).toEqual(before)
  })

  test('data that lies elsewhere by a link: 5, for the copy would share it', async () => {
    const folder = await variant('with links', 'mv base ../elsewhere; ln -s ../elsewhere base')
    const run = await salvage('salvage', ['--target', folder])
    expect(outcome(run)).toMatch(ended(5))
    expect(run.stderr).toMatch(/links to data elsewhere[\s\S]*\.\/base/)
  })

  test('a container of somebody else that has the folder: 5, by its name', async () => {
    const name = `${toolkit.container}-salvage`
    await docker(
      'run',
      '--detach',
      '--name',
      name,
      '--mount',
      `type=bind,"source=${wreck.replaceAll('"', '""')}",target=/data`,
      '--entrypoint',
      'sleep',
      image,
      '60',
    )
    try {
      const run = await salvage('salvage')
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toContain(`the container ${name}`)
    } finally {
      await docker('rm', '--force', name)
    }
  })

  test('no cluster, no folder: 4', async () => {
    await mkdir(join(toolkit.home, 'empty'))
    for (const name of ['empty', 'nowhere']) {
      const run = await salvage('salvage', ['--target', join(toolkit.home, name)])
      expect(outcome(run)).toMatch(ended(4))
      expect(run.stderr).toMatch(/There is no (PostgreSQL cluster|data directory)/)
    }
  })
})
