import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { describeInstallation, installations } from '../../runtime/local/installations.ts'
import type { Toolkit } from './toolkit.ts'

/** A cluster of this machine, without an engine: what restore-locally is about. It takes root and PostgreSQL here. */
const bin = (await installations())[0]
const facts = bin === undefined ? undefined : await describeInstallation(bin)
const isRoot = process.getuid?.() === 0
/** For the name of a test, so that one that did not run says why. */
export const whyNotLocal =
  bin && isRoot ? '' : ' (not run: it takes root, and the programs of PostgreSQL on this machine)'

/** Nothing is inherited by a server that would keep it open. */
async function asOwner(script: string): Promise<string> {
  const ids = isRoot ? { uid: facts?.uid, gid: facts?.gid } : {}
  const options = { ...ids, cwd: '/', env: { PATH: `${bin}:${process.env.PATH}` } }
  return (await promisify(execFile)('bash', ['-euc', script], options)).stdout.trim()
}

/** What scripts get, in the place of what a toolkit with an engine has. */
export const localEnvironment = (toolkit: Toolkit): Record<string, string> => ({
  ...Object.fromEntries(Object.keys(toolkit.env).map(name => [name, ''])),
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  TOOLKIT_HOME: toolkit.home,
  RUNTIME: 'local',
  PG_BIN: bin ?? '',
})

/** The server with which pg_ctl was told to listen at that port. */
export const startLocal = ({ dataDir, port }: Toolkit): Promise<string> =>
  asOwner(
    `pg_ctl -D '${dataDir}' -s -w -l '${dataDir}.log' -o '-p ${port} -c unix_socket_directories=/tmp -c listen_addresses=127.0.0.1' start >/dev/null 2>&1 </dev/null`,
  )

export const stopLocal = ({ dataDir }: Toolkit, how: 'fast' | 'immediate'): Promise<string> =>
  asOwner(`pg_ctl -D '${dataDir}' -s -w -m ${how} stop`)

export const queryLocal = ({ port }: Toolkit, sql: string): Promise<string> =>
  asOwner(`psql -XAtqh /tmp -p ${port} -U postgres -d postgres -c "${sql.replaceAll('"', '\\"')}"`)

/** A cluster with 1000 rows. */
export async function makeLocal(toolkit: Toolkit): Promise<void> {
  const { dataDir, home } = toolkit
  await mkdir(dataDir, { recursive: true })
  for (let folder = dirname(dataDir); folder.startsWith(dirname(home)); folder = dirname(folder))
    await chmod(folder, 0o755)
  await promisify(execFile)('chown', ['-R', `${facts?.uid}:${facts?.gid}`, dirname(dataDir)])
  await writeFile(`${home}/initial`, toolkit.password, { mode: 0o644 })
  await asOwner(`initdb -D '${dataDir}' -U postgres -N --auth-host=scram-sha-256 --pwfile='${home}/initial'`)
  await startLocal(toolkit)
}

/** The rows that a server on a copy finds, after whichever recovery it needs. The copy is the owner's already. */
export const rowsOfCopy = ({ port }: Toolkit, copy: string, sql: string): Promise<string> =>
  asOwner(`
    pg_ctl -D '${copy}' -s -w -t 60 -l '${copy}/log' -o '-p ${port + 1} -c listen_addresses= -c restore_command=false -c unix_socket_directories=/tmp' start >/dev/null 2>&1 </dev/null || { cat '${copy}/log'; exit 0; }
    until [ "$(psql -XAtqh /tmp -p ${port + 1} -U postgres -d template1 -c 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.1; done
    psql -XAtqh /tmp -p ${port + 1} -U postgres -d postgres -c "${sql.replaceAll('"', '\\"')}" 2>&1
    pg_ctl -D '${copy}' -s -m immediate stop >/dev/null 2>&1`)
