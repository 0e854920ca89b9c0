import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { ChartError } from './errors.ts'

export type Settings = {
  host: string
  port: number
  user: string
  database: string
  password: string | undefined
  sslMode: string | undefined
  sslRootCert: string | undefined
}

type Layer = Readonly<Record<string, string | undefined>>

/**
 * Where the server is, by the names that PostgreSQL's programs know. The first layer that has a name counts.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 * @throws ChartError usage.
 */
export function settingsFrom(layers: readonly Layer[]): Settings {
  const first = (...names: string[]) =>
    layers
      .flatMap(layer => names.map(name => ({ name, value: layer[name] })))
      .find(({ value }) => value !== undefined && value !== '')
  const find = (...names: string[]): string | undefined => first(...names)?.value
  const host = find('PGHOST', 'POSTGRES_HOST')
  const port = find('PGPORT', 'POSTGRES_PORT')
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    throw new ChartError('usage', `PGPORT is “${port}”, and that is no number of a port.`)
  return {
    host: host ?? 'localhost',
    // The toolkit's own database has a port of its own, so that nobody meets another one by accident.
    port: Number(port ?? (host === undefined ? 8094 : 5432)),
    user: find('PGUSER', 'POSTGRES_USER') ?? 'postgres',
    database: find('PGDATABASE', 'POSTGRES_DB') ?? 'postgres',
    password: passwordOf(first('PGPASSWORD', 'POSTGRES_PASSWORD', 'PGPASSWORD_FILE')),
    sslMode: find('PGSSLMODE'),
    sslRootCert: find('PGSSLROOTCERT'),
  }
}

/** Without any node-postgres looks into ~/.pgpass by itself. */
function passwordOf(found: { name: string; value: string | undefined } | undefined): string | undefined {
  if (found?.name !== 'PGPASSWORD_FILE') return found?.value
  return fromFile(found.name, found.value)?.replace(/\r?\n$/, '')
}

/** As libpq does it, but for `allow` and `prefer`, which are no encryption here. */
export function tlsOf({ sslMode, sslRootCert }: Settings): ConnectionOptions | false {
  const ca = fromFile('PGSSLROOTCERT', sslRootCert)
  const trusted = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) }
  switch (sslMode) {
    case undefined:
    case 'disable':
    case 'allow':
    case 'prefer':
      return false
    case 'require':
      return ca === undefined
        ? { rejectUnauthorized: false }
        : { ...trusted, checkServerIdentity: () => undefined }
    case 'verify-ca':
      return { ...trusted, checkServerIdentity: () => undefined }
    case 'verify-full':
      return trusted
    default:
      throw new ChartError(
        'usage',
        `PGSSLMODE is “${sslMode}”; it may be disable, require, verify-ca or verify-full.`,
      )
  }
}

function fromFile(name: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ChartError(
      'prerequisite',
      `${name} names a file that cannot be read: ${(error as Error).message}`,
    )
  }
}
