import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ErrorKind, explain } from '../errors.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { portIsFree } from '../runtime/port.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { baseFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import { formatBytes } from '../terminal/format.ts'
import { shellWord } from '../terminal/shell_words.ts'

export type Finding = {
  check: string
  /** missing: the toolkit cannot work without it. */
  state: 'ok' | 'note' | 'missing'
  says: string
  hint?: string
  kind?: ErrorKind
}

/** Looks at everything that the everyday commands need, changes nothing, and says what to do where it is not there. */
export async function examine(runtime: Runtime, settings: Settings, signal: AbortSignal): Promise<Finding[]> {
  const engine = await examineEngine(runtime, signal)
  const rest = engine.state === 'ok' ? await examineServer(runtime, settings, signal) : []
  const own = [examineNode(), engine, ...rest, await examineFolder('backups', settings.backupsDir)]
  return [...own, await examineFolder('data', dirname(settings.dataDir)), await examineDotenv()]
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const fits = major > 20 || (major === 20 && minor >= 19)
  return {
    check: 'Node.js',
    state: fits ? 'ok' : 'missing',
    says: process.version,
    ...(!fits && {
      hint: 'Install version 20.19 or newer: https://nodejs.org/en/download',
      kind: 'prerequisite',
    }),
  }
}

async function examineEngine(runtime: Runtime, signal: AbortSignal): Promise<Finding> {
  try {
    const { engine, version, desktop } = await runtime.check(signal)
    return { check: 'engine', state: 'ok', says: `${engine} ${version}${desktop ? ' (Docker Desktop)' : ''}` }
  } catch (thrown) {
    const { message, hint, kind } = explain(thrown)
    return { check: 'engine', state: 'missing', says: message, kind, ...(hint && { hint }) }
  }
}

async function examineServer(runtime: Runtime, settings: Settings, signal: AbortSignal): Promise<Finding[]> {
  const record = await readClusterRecord(settings.dataDir)
  const name = record?.image ?? settings.image
  const image = await runtime.images.find(name, signal)
  const status = await runtime.server.status(settings, signal)
  const port = status.state === 'running' ? undefined : await portIsFree(settings.port)
  return [
    image
      ? {
          check: 'image',
          state: 'ok',
          says: `${name}, PostgreSQL ${image.version}, TimescaleDB ${image.timescaledb.join(', ') || 'none'}`,
        }
      : {
          check: 'image',
          state: 'note',
          says: `${name} is not here yet`,
          hint: 'make start fetches it, or builds one.',
        },
    { check: 'database', state: 'ok', says: status.state === 'absent' ? 'not running' : status.state },
    port === false
      ? {
          check: 'port',
          state: 'missing',
          says: `${settings.port} is taken by another program`,
          hint: `Choose another one in db/.env: PGPORT=${settings.port + 1}`,
          kind: 'prerequisite',
        }
      : { check: 'port', state: 'ok', says: String(settings.port) },
  ]
}

/** The nearest folder that exists: the rest is made when it is needed. */
async function examineFolder(check: string, folder: string): Promise<Finding> {
  let place = folder
  while (!(await stat(place).catch(() => undefined)) && dirname(place) !== place) place = dirname(place)
  try {
    await access(place, constants.W_OK)
    const { bavail, bsize } = await statfs(place)
    return { check, state: 'ok', says: `${folder}, ${formatBytes(bavail * bsize)} free` }
  } catch (error) {
    return {
      check,
      state: 'missing',
      says: (error as Error).message,
      hint: `Check who owns ${place} (ls -ld), or name another folder.`,
      kind: 'prerequisite',
    }
  }
}

async function examineDotenv(): Promise<Finding> {
  const file = join(baseFolder, '.env')
  const found = await stat(file).catch(() => undefined)
  if (!found)
    return {
      check: '.env',
      state: 'note',
      says: 'none yet',
      hint: 'make start makes one with a generated password.',
    }
  const open = (found.mode & 0o077) !== 0
  return open
    ? {
        check: '.env',
        state: 'note',
        says: 'others can read your passwords',
        hint: `chmod 600 ${shellWord(file)}`,
      }
    : { check: '.env', state: 'ok', says: file }
}
