import { execFile } from 'node:child_process'
import { chmod, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localRuntime } from '../../runtime/local/local.ts'
import { socketFolder } from '../../runtime/local/sockets.ts'
import { ended, outcome } from '../helpers/cluster.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const [installation] = await localRuntime().images.installed()
const why = installation ? '' : ' (not run: there is no PostgreSQL on this machine)'
const sh = async (command: string, ...args: string[]) =>
  (await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', command, 'sh', ...args])).stdout

let toolkit: Toolkit
let location: string
const env = () => ({ RUNTIME: 'local' })
const digest = (...folders: string[]) =>
  sh(
    `for d; do cd "$d"; find . -type f -print0 | sort -z | xargs -0 sha256sum; find . -printf '%p %y %m %U %G %l %T@\\n' | sort; done | sha256sum`,
    ...folders,
  )

beforeAll(async () => {
  if (!installation) return
  toolkit = await Toolkit.create()
  await chmod(toolkit.home, 0o755)
  const { dataDir } = toolkit
  location = join(toolkit.home, 'a tablespace')
  await toolkit.ok('database.ts', ['start'], { env: env() })
  await sh(`mkdir -m 700 "$1"; [ "$(id -u)" != 0 ] || chown "$(stat -c %u:%g "$2")" "$1"`, location, dataDir)
  await toolkit.sql(`CREATE TABLESPACE ts LOCATION '${location}'`)
  await toolkit.sql('CREATE TABLE kept TABLESPACE ts AS SELECT generate_series(1, 1000) AS n')
  await toolkit.sql('CHECKPOINT')
  const [pid = ''] = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  await sh('while pgrep -P "$1" >/dev/null || kill -0 "$1" 2>/dev/null; do sleep 0.1; done', pid)
  await rm(join(dataDir, 'pg_wal'), { recursive: true })
})
afterAll(async () => {
  // Nobody stopped that server in good order, so the folder of its socket stayed.
  if (toolkit) await rm(socketFolder(toolkit.dataDir), { recursive: true, force: true })
  await toolkit?.dispose()
})

test.skipIf(!installation)(`RUNTIME=local: the same, with the tablespace copied${why}`, async () => {
  const { dataDir } = toolkit
  const before = await digest(dataDir, location)
  const declined = await toolkit.run('salvage.ts', [], { env: env(), input: 'no\n' })
  expect(outcome(declined)).toMatch(ended(130))
  const run = await toolkit.run('salvage.ts', ['--json'], { env: env(), input: 'salvage\n' })
  expect(outcome(run)).toMatch(ended(0))
  expect(run.stderr).toMatch(/postmaster\.pid is there/)
  expect(await digest(dataDir, location)).toBe(before)
  const { copy, afterwards } = JSON.parse(run.stdout)
  expect(dirname(copy)).toBe(dirname(dataDir))

  const port = Number(/PGPORT=(\d+)/.exec(afterwards.start)?.[1])
  const place = { env: { ...env(), DATA_DIR: copy, PGPORT: String(port), CONTAINER: 'salvaged' } }
  await toolkit.ok('database.ts', ['start'], place)
  try {
    const refused = await toolkit.run('salvage.ts', ['--target', copy], { env: env(), input: 'salvage\n' })
    expect(outcome(refused)).toMatch(ended(5))
    expect(refused.stderr).toMatch(/A server is running on/)
    const dump = `cd "$1"; export PGPASSWORD="$2"; ${afterwards.dump.join('; ')}`
    await sh(dump, toolkit.home, toolkit.password)
    const table = await sh(
      'cd "$1"; "$2/pg_restore" --data-only --table=kept --file=- postgres.dump | grep -c "^[0-9]"',
      toolkit.home,
      installation?.image ?? '',
    )
    expect(table.trim()).toBe('1000')
    const links = await sh('readlink "$1"/pg_tblspc/*', copy)
    expect(links.trim()).toMatch(new RegExp(`^${copy}-tablespaces/\\d+$`))
  } finally {
    await toolkit.ok('database.ts', ['stop'], place)
  }
  expect(await digest(dataDir, location)).toBe(before)
})
