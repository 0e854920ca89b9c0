import '../helpers/here.ts'

import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basebackup, ended, outcome, said } from '../helpers/cluster.ts'
import { local, whyNoLocal } from '../helpers/place.ts'
import { leftOf, startSlowSave } from '../helpers/saving.ts'
import { besideServer, killProgram, killServer, processes, programsAt, serverId } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** What goes wrong without an engine: nobody takes containers away, and the programs are everybody's. */
describe.skipIf(!local)(`RUNTIME=local${whyNoLocal}`, () => {
  let toolkit: Toolkit
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    await toolkit.startDatabase()
    await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  })
  afterAll(() => toolkit.dispose())
  const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)

  test('the server killed: status says so, and it starts with what was committed', async () => {
    await killServer(toolkit)
    expect((await toolkit.run('database.ts', ['check-running'])).code).toBe(5)
    await toolkit.startDatabase()
    expect(await rows()).toBe(1000)
  })

  test('a save killed: its pg_basebackup is found and ended by the next save', async () => {
    const { child, done, container } = await startSlowSave(toolkit)
    child.kill('SIGKILL')
    await done
    expect(await programsAt(toolkit.backupsDir)).toEqual([container])
    await toolkit.ok('save.ts')
    expect(await leftOf(toolkit)).toEqual([])
    expect(processes().some(({ pid }) => String(pid) === container)).toBe(false)
  })

  test('pg_basebackup killed: exit 8, and the process that received the WAL is gone too', async () => {
    const { done, container } = await startSlowSave(toolkit)
    await killProgram(container)
    const run = await done
    expect(outcome(run)).toMatch(ended(8))
    expect(await leftOf(toolkit)).toEqual([])
    expect(processes().filter(p => p.environment.includes('TOOLKIT_PROGRAM=save'))).toEqual([])
  })

  test('a restore killed: the former data is as it was, the next one takes the remains away', async () => {
    const { child, done } = toolkit.start('restore_docker.ts', ['latest', '--yes'])
    await said(child, /Extracted/)
    child.kill('SIGKILL')
    await done
    expect(await rows()).toBe(1000)
    await toolkit.ok('restore_docker.ts', ['latest', '--yes'])
    expect(await toolkit.remains()).toEqual([])
    expect(await rows()).toBe(1000)
  })

  test('the number in postmaster.pid is another process’s by now: it starts', async () => {
    await killServer(toolkit)
    const file = join(toolkit.dataDir, 'postmaster.pid')
    const lines = (await readFile(file, 'utf8')).split('\n')
    // This very process, which is no server.
    await toolkit.asRoot(
      `printf '%s\\n' ${[process.pid, ...lines.slice(1)].map(l => `'${l}'`).join(' ')} > '${file}'`,
    )
    expect((await toolkit.run('database.ts', ['check-running'])).code).toBe(5)
    const run = await toolkit.run('database.ts', ['start'])
    // PostgreSQL itself does not believe that a process of its own user is no server.
    if (process.getuid?.() === 0) expect(outcome(run)).toMatch(ended(0))
    else expect(run.stderr).toMatch(/lock file .*postmaster\.pid.* already exists/)
    if (run.code !== 0) {
      await toolkit.asRoot(`rm '${file}'`)
      await toolkit.startDatabase()
    }
    expect(await rows()).toBe(1000)
  })

  test('a server that somebody else has started on the data is left alone', async () => {
    await toolkit.ok('database.ts', ['stop'])
    const options = `-p ${toolkit.port} -k '' -c listen_addresses=127.0.0.1`
    await besideServer(toolkit, 'pg_ctl', 'start', '-w', '-o', options, '-l', `${toolkit.dataDir}/theirs.log`)
    const pid = await serverId(toolkit)
    for (const verb of ['start', 'stop', 'status', 'psql']) {
      const run = await toolkit.run('database.ts', [verb])
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toMatch(new RegExp(`the toolkit did not start it[\\s\\S]*process ${pid}`))
    }
    const restore = await toolkit.run('restore_docker.ts', ['latest', '--yes'])
    expect(outcome(restore)).toMatch(ended(5))
    expect(await serverId(toolkit)).toBe(pid)
    await besideServer(toolkit, 'pg_ctl', 'stop', '-m', 'fast')
    await toolkit.startDatabase()
  })

  test('a taken port is named; a server that does not start says why', async () => {
    await toolkit.ok('database.ts', ['stop'])
    const squatter = createServer().listen(toolkit.port, '127.0.0.1')
    await once(squatter, 'listening')
    const taken = await toolkit.run('database.ts', ['start'])
    squatter.close()
    expect(outcome(taken)).toMatch(ended(5))
    expect(taken.stderr).toContain(`Port ${toolkit.port} is taken`)

    const own = join(toolkit.home, 'config/postgres')
    await mkdir(own, { recursive: true })
    const project = join(import.meta.dirname, '../../../db/config/postgres')
    const ours = await readFile(join(project, 'postgresql.conf'), 'utf8')
    await writeFile(join(own, 'pg_hba.conf'), await readFile(join(project, 'pg_hba.conf')))
    // The one before the log file is opened, the other after.
    for (const [line, words] of [
      ['max_connections = lots', /invalid value for parameter "max_connections": "lots"/],
      ["listen_addresses = '203.0.113.1'\nssl = on\nssl_cert_file = 'gone.crt'", /gone\.crt/],
    ] as const) {
      await writeFile(join(own, 'postgresql.conf'), `${ours}\n${line}\n`)
      const run = await toolkit.run('database.ts', ['start'])
      expect(outcome(run)).toMatch(ended(8))
      expect(run.stderr).toMatch(words)
    }
    await writeFile(join(own, 'postgresql.conf'), ours)
    await toolkit.startDatabase()
    expect(await rows()).toBe(1000)
  })

  test('what pg_basebackup wrote without this toolkit is restored', async () => {
    await basebackup(toolkit, 'theirs', '--format=tar', '--gzip')
    await toolkit.sql('DELETE FROM t')
    await toolkit.ok('restore_docker.ts', ['theirs', '--yes'])
    expect(await rows()).toBe(1000)
  })

  test('the data of containers is not touched with RUNTIME=local, nor the other way round', async () => {
    const record = `${toolkit.dataDir}.cluster.json`
    const before = await readFile(record, 'utf8')
    const everything = [
      ['database.ts', 'logs'],
      ['database.ts', 'discard-former', '--yes'],
      ['restore_docker.ts', 'latest', '--yes'],
    ]
    await toolkit.ok('database.ts', ['stop'])
    await writeFile(record, JSON.stringify({ ...JSON.parse(before), runtime: 'docker' }))
    for (const [script = '', ...args] of [...everything, ['database.ts', 'start']]) {
      const run = await toolkit.run(script, args)
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toMatch(/was made with RUNTIME=docker, this is RUNTIME=local[\s\S]*HINT/)
    }
    await writeFile(record, before)
    const { PATH = '' } = process.env
    for (const [script = '', ...args] of [...everything, ['database.ts', 'start']]) {
      const run = await toolkit.run(script, args, { env: { RUNTIME: 'docker', PATH } })
      expect(outcome(run)).toMatch(ended(5))
      // Without an engine that is what is missing.
      expect(run.stderr).toMatch(/was made with RUNTIME=local, this is RUNTIME=docker|docker/)
    }
    // Nobody has to say which: the data knows.
    await toolkit.ok('database.ts', ['start'], { env: { RUNTIME: 'auto' } })
    expect(await rows()).toBe(1000)
  })
})
