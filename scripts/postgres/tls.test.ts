import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { type Tls, tlsAttempts } from './tls.ts'

type Given = Parameters<typeof tlsAttempts>[0]
const given = (changes: Partial<Given>): Given => ({
  host: 'db.example',
  sslMode: 'prefer',
  sslRootCert: undefined,
  sslCert: undefined,
  sslKey: undefined,
  ...changes,
})

const encrypted = { rejectUnauthorized: false }
const trusted = { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) }

describe('the attempts for a value of sslmode', () => {
  test.each<[Given['sslMode'], Tls[]]>([
    ['disable', [false]],
    ['allow', [false, encrypted]],
    ['prefer', [encrypted, false]],
    ['require', [encrypted]],
    ['verify-ca', [trusted]],
    ['verify-full', [{ rejectUnauthorized: true, servername: 'db.example' }]],
  ])('%s', (sslMode, attempts) => expect(tlsAttempts(given({ sslMode }))).toEqual(attempts))

  test.each<Given['sslMode']>(['disable', 'prefer', 'verify-full'])(
    'none by a socket, whatever is asked for: %s',
    sslMode => {
      expect(tlsAttempts(given({ sslMode, host: '/run/postgresql' }))).toEqual([false])
    },
  )

  test.each(['10.0.0.1', '::1'])('%s is compared with the certificate, and is no server name', host => {
    expect(tlsAttempts(given({ sslMode: 'verify-full', host }))).toEqual([{ rejectUnauthorized: true, host }])
  })

  test('verify-ca takes any name, verify-full does not', () => {
    const [ca] = tlsAttempts(given({ sslMode: 'verify-ca' })) as ConnectionOptions[]
    const [full] = tlsAttempts(given({ sslMode: 'verify-full' })) as ConnectionOptions[]
    expect(ca?.checkServerIdentity?.('other', {} as never)).toBeUndefined()
    expect(full).not.toHaveProperty('checkServerIdentity')
  })
})

describe('certificates', () => {
  test('are read, and a root makes require check', async () => {
    const folder = await tempFolder()
    const paths = {
      sslRootCert: join(folder, 'ca'),
      sslCert: join(folder, 'cert'),
      sslKey: join(folder, 'key'),
    }
    for (const path of Object.values(paths)) await writeFile(path, path)
    expect(tlsAttempts(given({ sslMode: 'require', ...paths }))).toEqual([
      {
        ca: Buffer.from(paths.sslRootCert),
        cert: Buffer.from(paths.sslCert),
        key: Buffer.from(paths.sslKey),
        ...trusted,
      },
    ])
  })

  test.each(['sslRootCert', 'sslCert', 'sslKey'])('%s that is missing is a mistake of the settings', name => {
    expect(() => tlsAttempts(given({ [name]: '/nonexistent/file.pem' }))).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: `PG${name.toUpperCase()} names a file that cannot be read.`,
      }),
    )
  })
})
