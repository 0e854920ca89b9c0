import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { ToolkitError } from '../errors.ts'
import type { Settings } from '../settings/options.ts'

export type Tls = ConnectionOptions | false

/**
 * The TLS attempts for a value of `sslmode`, in the order of libpq: `prefer` tries TLS, then goes without.
 * node-postgres itself knows no second attempt and checks certificates where libpq does not.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 * @throws ToolkitError usage where a certificate or key cannot be read.
 */
export function tlsAttempts(
  settings: Pick<Settings, 'host' | 'sslMode' | 'sslRootCert' | 'sslCert' | 'sslKey'>,
): Tls[] {
  // A Unix socket never speaks TLS.
  if (settings.host.startsWith('/')) return [false]
  const files: ConnectionOptions = {
    ...(settings.sslRootCert && { ca: read('PGSSLROOTCERT', settings.sslRootCert) }),
    ...(settings.sslCert && { cert: read('PGSSLCERT', settings.sslCert) }),
    ...(settings.sslKey && { key: read('PGSSLKEY', settings.sslKey) }),
  }
  const encrypted: Tls = { ...files, rejectUnauthorized: false }
  const trusted: Tls = { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined }
  switch (settings.sslMode) {
    case 'disable':
      return [false]
    case 'allow':
      return [false, encrypted]
    case 'prefer':
      return [encrypted, false]
    case 'require':
      // With a root certificate libpq checks it, as verify-ca does.
      return [settings.sslRootCert ? trusted : encrypted]
    case 'verify-ca':
      return [trusted]
    case 'verify-full': {
      // An address is compared with the certificate as well, but never sent as a server name (RFC 6066).
      const name = isIP(settings.host) ? { host: settings.host } : { servername: settings.host }
      return [{ ...files, rejectUnauthorized: true, ...name }]
    }
  }
}

function read(name: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ToolkitError('usage', {
      what: `${name} names a file that cannot be read.`,
      why: (error as Error).message,
      hint: 'Name a file in PEM format that you may read.',
      cause: error,
    })
  }
}
