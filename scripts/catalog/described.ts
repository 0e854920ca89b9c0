import { readFile } from 'node:fs/promises'
import { writeDurably } from './durable.ts'
import { type Metadata, openMetadata, type Verified, verifiedSchema } from './metadata.ts'

export type Described<M extends Metadata> = { metadata?: M; damage?: string }

/** The description of a backup of that kind. Neither is there where there is none. */
export async function readMetadata<K extends Metadata['kind']>(
  path: string,
  kind: K,
): Promise<Described<Extract<Metadata, { kind: K }>>> {
  try {
    const metadata = openMetadata(await readFile(path, 'utf8'))
    if (metadata.kind !== kind) throw new Error(`it describes a ${metadata.kind} backup`)
    return { metadata: metadata as Extract<Metadata, { kind: K }> }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    return { damage: `its metadata.json cannot be trusted: ${(error as Error).message}` }
  }
}

/** What cannot be read was not learned. */
export async function readVerified(path: string): Promise<Verified | undefined> {
  try {
    return verifiedSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

export const writeVerifiedFile = (path: string, verified: Verified): Promise<void> =>
  writeDurably(path, `${JSON.stringify(verified, null, 2)}\n`)
