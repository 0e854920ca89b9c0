import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { type Watch, watched } from '../helpers/secret_watch.ts'
import { docker, image, Toolkit } from '../helpers/toolkit.ts'

describe.skipIf(noEngine)(`secrets${whyNoEngine}`, () => {
  /** Letters and digits only: they look the same in JSON, in a URL and in a passfile. */
  const first = 'OpenSesame4711first'
  const second = 'OpenSesame4711second'
  const secrets = [first, second]
  const fileOf = (password: string) => join(toolkit.home, `password-${secrets.indexOf(password)}`)
  const env = (password: string) => ({ PGPASSWORD: '', PGPASSWORD_FILE: fileOf(password) })

  let toolkit: Toolkit
  let watch: Watch
  const said: string[] = []

  /** Every verb that has to do with a password, once, with nothing compressed, so that the disk can be searched. */
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    const cache = { XDG_CACHE_HOME: join(toolkit.home, 'cache'), TMPDIR: join(toolkit.home, 'temporary') }
    await toolkit.asRoot(`mkdir -m 1777 '${cache.TMPDIR}'`)
    for (const password of secrets) await writeFile(fileOf(password), password, { mode: 0o600 })
    const run = async (script: string, args: string[], password = first) => {
      const made = await toolkit.run(script, args, { env: { ...env(password), ...cache } })
      said.push(made.stdout, made.stderr)
      expect(made.code, made.stderr).toBe(0)
      return made.stdout
    }
    watch = await watched(secrets, toolkit.home, async () => {
      await run('database.ts', ['start', '--verbose'])
      await run('database.ts', ['status', '--json'])
      await run('database.ts', ['psql', '--command', 'CREATE TABLE t AS SELECT 1 AS n'])
      const saved = JSON.parse(await run('save.ts', ['--compress', 'none', '--json', '--verbose']))
      await run('db_backup.ts', ['verify', '--deep', '--json'])
      await run('restore_docker.ts', [saved.metadata.id, '--yes', '--verbose'])
      await run('database.ts', ['stop'])
      await run('restore_docker.ts', [saved.metadata.id, '--yes', '--json'])
      await run('database.ts', ['start-restored', '--json'])
      await run('database.ts', ['set-password', '--new-password-file', fileOf(second), '--json'])
      await run('database.ts', ['status'], second)
      await run('save.ts', ['--json'], second)
      await run('config.ts', ['--json'], second)
      await run('database.ts', ['discard-former', '--yes'], second)
      await run('database.ts', ['restart'], second)
    })
  })
  afterAll(() => toolkit.dispose())

  const withSecret = (texts: readonly string[]): string[] =>
    texts.filter(text => secrets.some(secret => text.includes(secret)))

  test('the watch sees what it is for: a secret in an argv', async () => {
    const planted = 'OpenSesame4711planted'
    const found = await watched([planted], toolkit.home, async () => {
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)', planted])
      await sleep(1000)
      child.kill()
    })
    expect(found.leaks.join()).toContain(planted)
  })

  test('no command line, environment or container shows a password while everything runs', () => {
    expect([...watch.programs]).toEqual(
      expect.arrayContaining(['docker', 'pg_basebackup', 'psql', 'postgres']),
    )
    expect([...watch.users.keys()]).toEqual(expect.arrayContaining(['save', 'unpack', 'finish']))
    expect(watch.leaks).toEqual([])
  })

  test('nothing that was printed has one: text, --verbose, --json', () => {
    expect(said.join('').length).toBeGreaterThan(2000)
    expect(withSecret(said)).toEqual([])
  })

  test('no file has one but those that it was given in: data, WAL, logs, backups, metadata, history', async () => {
    const words = secrets.join('\\|')
    const found = await toolkit.asRoot(`cd '${toolkit.home}'; grep -rl '${words}' . || true`)
    expect(found.split('\n').sort()).toEqual(['./password-0', './password-1'])
  })

  test('the container itself keeps none: its log, its settings, its file system', async () => {
    const { container } = toolkit
    expect(withSecret([await docker('logs', container), await docker('inspect', container)])).toEqual([])
    const found = await docker(
      'exec',
      container,
      'bash',
      '-c',
      `grep -rlsF OpenSesame4711 /etc /run /tmp /var/lib /var/log || true`,
    )
    expect(found).toBe('')
  })

  test('no core of a program can be written: it would hold what the memory holds', async () => {
    const limits = await docker('exec', toolkit.container, 'bash', '-c', 'cat /proc/1/limits')
    expect(limits).toMatch(/Max core file size\s+0\s+0\s/)
  })

  test('the image that we build has no key, no password and no file of ours in its layers', async () => {
    const [details] = JSON.parse(await docker('image', 'inspect', image))
    if (details.Config.Labels?.['com.timescaledb-toolkit.image'] === undefined) return
    expect(details.Config.Env.filter((line: string) => /PASS|SECRET|TOKEN|KEY/i.test(line))).toEqual([])
    expect(await docker('history', '--no-trunc', image)).not.toMatch(/password=|secret=|token=/i)
    const search = `find / -xdev -type f \\( -name '*.key' -o -name .env -o -name .pgpass -o -name 'id_*sa' -o -name .netrc -o -name '.*_history' \\); grep -rls 'PRIVATE KEY-----' /etc /root /home /var/lib /opt; true`
    const found = await docker(
      'run',
      '--rm',
      '--network',
      'none',
      '--user',
      '0:0',
      '--entrypoint',
      'sh',
      image,
      '-c',
      search,
    )
    expect(found).toBe('')
  })

  /** Why a program of ours runs as root in its container; all others run as who called. */
  const asRoot = {
    inspect: 'a data directory belongs to the server’s user, mode 0700',
    size: 'the same',
    clear: 'the same',
    folders: 'gives folders to the server’s user',
    unpack: 'writes files of the server’s user',
    copy: 'the same',
    finish: 'gives the restored files to the server’s user',
  }

  test('programs run as who called them; root only where the data is', async () => {
    const caller = `${process.getuid?.()}:${process.getgid?.()}`
    for (const [program, user] of watch.users)
      expect([program, user]).toEqual([program, program in asRoot ? '0:0' : caller])
    const users = await docker('exec', toolkit.container, 'bash', '-c', 'cat /proc/1/status')
    expect(users).not.toMatch(/^Uid:\s+0\s/m)
  })

  /** What others may read, and why. */
  const open = {
    'mnt/db/run': 'the server’s user reads its configuration here',
    'mnt/db/run/postgresql.conf': 'the same',
    'mnt/db/run/pg_hba.conf': 'the same',
  }

  test('every file that was made is 0600, every folder 0700, with the exceptions that are named', async () => {
    const list = await toolkit.asRoot(
      `cd '${toolkit.home}'; find . -mindepth 1 -path ./temporary -prune -o -type l -o -printf '%m %y %P\\n'`,
    )
    const lines = list.split('\n').filter(line => line !== '')
    expect(lines.length).toBeGreaterThan(1000)
    const loose = lines
      .filter(line => !/^(600 f|700 d) /.test(line))
      .map(line => line.split(' ').slice(2).join(' '))
    expect(loose.sort()).toEqual(Object.keys(open).sort())
  })
})
