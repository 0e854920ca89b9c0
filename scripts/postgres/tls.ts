import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { Settings } from '../settings/options.ts'

export type Tls = ConnectionOptions | false

/**
 * The TLS attempts for a value of `sslmode`, in the order of libpq: `prefer` tries TLS, then goes without.
 * node-postgres itself knows no second attempt and checks certificates where libpq does not.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function tlsAttempts(
  settings: Pick<Settings, 'host' | 'sslMode' | 'sslRootCert' | 'sslCert' | 'sslKey'>,
): Tls[] {
  // A Unix socket never speaks TLS.
  if (settings.host.startsWith('/')) return [false]
  const files: ConnectionOptions = {
    ...(settings.sslRootCert && { ca: readFileSync(settings.sslRootCert) }),
    ...(settings.sslCert && { cert: readFileSync(settings.sslCert) }),
    ...(settings.sslKey && { key: readFileSync(settings.sslKey) }),
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
    case 'verify-full':
      return [{ ...files, rejectUnauthorized: true, servername: settings.host }]
  }
}
