import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { describe, exitCodes, explain, ToolkitError } from '../errors.ts'
import { parseTablespaceMapping } from '../plan/restore.ts'
import { parseArguments } from '../settings/arguments.ts'
import { baseFolder } from '../settings/folders.ts'
import { optionNames } from '../settings/options.ts'
import { placesOf } from '../settings/places.ts'
import { type Layers, resolveSettings } from '../settings/resolve.ts'

/**
 * What a command needs of this machine, for scripts/runner/docker.sh: NUL-terminated pairs. `write` and `read` are
 * places that it has to see, `engine` is the engine's socket, `server` the container of the server, `variable` goes
 * into its environment.
 * needs.ts <script> [argument …]
 */

/** They start no server, and the image has the programs that they call: they get no socket unless RUNTIME=docker. */
const withoutEngine = [
  ...['save', 'dump', 'restore_dump', 'create', 'clone', 'list', 'verify', 'delete', 'stats', 'cleanup'],
  ...['config', 'explore'],
]
/** They may be about a container that somebody else has made. */
const withServer = ['save', 'dump', 'restore_dump', 'create', 'clone', 'restore', 'restore_docker']
/** Scripts whose first word is a verb. */
const withVerbs = ['db_backup.ts', 'database.ts']

const [script = '', ...rest] = process.argv.slice(2)
const name = basename(script)
const [verb = '', argv] = withVerbs.includes(name)
  ? [rest[0], rest.slice(1)]
  : [name.replace(/\.ts$/, ''), rest]

async function layersOf(): Promise<Layers> {
  const layers = { env: process.env, cwd: process.cwd(), base: baseFolder }
  return { ...layers, flags: flagsOf(), dotenv: await dotenvOf() }
}

/** What cannot be understood here is refused by the command itself, with better words. */
function flagsOf(): Layers['flags'] {
  try {
    return parseArguments(argv, optionNames, 'backupDir').flags
  } catch {
    return new Map()
  }
}

async function dotenvOf(): Promise<Record<string, string>> {
  try {
    const content = readFileSync(join(baseFolder, '.env'))
    return (await import('dotenv')).default.parse(content)
  } catch {
    return {}
  }
}

/** The folders that TABLESPACE_MAP names are values in it. */
function tablespaces(text: string | undefined): string[] {
  try {
    return [...parseTablespaceMapping(text ?? '', path => resolve(baseFolder, path)).values()]
  } catch {
    return []
  }
}

try {
  const layers = await layersOf()
  const { settings } = resolveSettings(layers)
  const { read, write } = placesOf(layers)
  const needs: [key: string, value: string][] = [
    ...[baseFolder, ...write, ...tablespaces(settings.tablespaceMap)].map(path => ['write', path] as const),
    ...[join(homedir(), '.pgpass'), ...read].map(path => ['read', path] as const),
  ].map(([key, path]) => [key, path])
  const local = withoutEngine.includes(verb)
  if (settings.runtime === 'local' && !local) {
    throw new ToolkitError('usage', {
      what: 'RUNTIME=local needs the scripts to run on this machine itself.',
      why: 'RUNNER says docker, or there is no Node.js here: a server that is started in a container ends with it.',
      hint: 'make setup says how to install Node.js. Or leave RUNTIME out: then the server gets a container of its own.',
    })
  }
  if (local && settings.runtime !== 'docker') {
    needs.push(['variable', 'RUNTIME=local'])
    // That of this machine is not seen there.
    if (settings.pgBin) needs.push(['variable', `PG_BIN=/usr/lib/postgresql/${process.env.PG_MAJOR}/bin`])
  } else {
    needs.push(['engine', 'socket'])
  }
  if (withServer.includes(verb)) needs.push(['server', settings.container])
  process.stdout.write(needs.map(([key, value]) => `${key}=${value}\0`).join(''))
} catch (thrown) {
  const error = explain(thrown)
  process.stderr.write(`${describe(error)}\n`)
  process.exitCode = exitCodes[error.kind].code
}
