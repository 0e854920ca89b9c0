import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  makeAuthority('ca')
  makeAuthority('other')
  makeCertificate('server', 'ca', 'DNS:localhost')
  await toolkit.asRoot(`cd '${toolkit.home}'; cp server.crt server.key '${toolkit.dataDir}'
    cd '${toolkit.dataDir}'; chown --reference=PG_VERSION server.*; chmod 600 server.*
    sed -i 's/^host /hostssl /' '${toolkit.home}/mnt/db/run/pg_hba.conf'`)
  await toolkit.sql('ALTER SYSTEM SET ssl = on')
  await toolkit.sql('SELECT pg_reload_conf()')
})
afterAll(() => toolkit.dispose())

const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: toolkit.home, stdio: 'pipe' })
const newKey = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`]

const makeAuthority = (name: string) =>
  openssl('req', '-x509', ...newKey(name), '-out', `${name}.crt`, '-subj', `/CN=${name}`, '-days', '2')

function makeCertificate(name: string, authority: string, names: string) {
  const extension = ['-addext', `subjectAltName=${names}`]
  openssl('req', '-new', ...newKey(name), '-out', `${name}.csr`, '-subj', `/CN=${name}`, ...extension)
  const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial']
  const request = ['x509', '-req', '-in', `${name}.csr`, '-copy_extensions', 'copy', '-days', '2']
  openssl(...request, ...signer, '-out', `${name}.crt`)
}

const save = (PGSSLMODE: string, authority = '', PGHOST = 'localhost') =>
  toolkit.run('save.ts', ['--json'], {
    env: {
      PGSSLMODE,
      PGHOST,
      ...(authority && { PGSSLROOTCERT: join(toolkit.home, `${authority}.crt`) }),
    },
  })

test.each([
  ['verify-full', 'ca', 'localhost'],
  ['verify-ca', 'ca', '127.0.0.1'],
  ['require', '', 'localhost'],
  ['prefer', '', '127.0.0.1'],
])('%s with authority %o reaches %s', async (mode, authority, host) => {
  const run = await save(mode, authority, host)
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr).not.toMatch(/Warning/)
})

test.each([
  ['verify-full', 'other', 'localhost', /certificate/],
  ['verify-full', 'ca', '127.0.0.1', /127\.0\.0\.1/],
  ['verify-full', '', 'localhost', /certificate/],
  ['verify-ca', 'other', 'localhost', /certificate/],
  ['require', 'other', 'localhost', /certificate/],
  ['disable', '', 'localhost', /PGSSLMODE|pg_hba/],
])('%s with authority %o does not trust %s', async (mode, authority, host, words) => {
  const run = await save(mode, authority, host)
  expect(run.code, run.stderr).toBe(1)
  expect(JSON.parse(run.stdout).error.kind).toBe('connection')
  expect(run.stderr).toMatch(words)
  expect(run.stderr).toContain('HINT:')
})

test('an authority that is not there is a usage error that names it', async () => {
  const run = await save('verify-full', 'gone')
  expect(run.code, run.stderr).toBe(4)
  expect(run.stderr).toContain('gone.crt')
})

test('a role that must show a certificate does so', async () => {
  makeCertificate('postgres', 'ca', 'DNS:client')
  const hba = `${toolkit.home}/mnt/db/run/pg_hba.conf`
  await toolkit.asRoot(`cp '${toolkit.home}/ca.crt' '${toolkit.dataDir}/ca.crt'; chmod 644 '${toolkit.dataDir}/ca.crt'
    sed -i '/^hostssl/s/scram-sha-256/scram-sha-256 clientcert=verify-full/' '${hba}'`)
  await toolkit.ok('database.ts', ['psql', '--command', `ALTER SYSTEM SET ssl_ca_file = 'ca.crt'`])
  await toolkit.ok('database.ts', ['psql', '--command', 'SELECT pg_reload_conf()'])
  const env = {
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: join(toolkit.home, 'ca.crt'),
    PGSSLCERT: join(toolkit.home, 'postgres.crt'),
    PGSSLKEY: join(toolkit.home, 'postgres.key'),
  }
  const without = await toolkit.run('save.ts', [], { env: { PGSSLMODE: 'require' } })
  expect(without.code, without.stderr).toBe(1)
  await toolkit.ok('save.ts', [], { env })
  expect((await toolkit.run('explore.ts', [], { env: { PGSSLMODE: 'require' } })).code).toBe(1)
  await toolkit.ok('explore.ts', [], { env })
})
