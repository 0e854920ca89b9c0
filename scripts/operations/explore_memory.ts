import { totalmem } from 'node:os'
import type { Login } from '../postgres/connection.ts'

/** Bytes of memory that the server has, where it runs on this machine; PostgreSQL itself does not tell. */
export const serverMemory = async ({ host }: Login): Promise<number | undefined> =>
  host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host) ? totalmem() : undefined
