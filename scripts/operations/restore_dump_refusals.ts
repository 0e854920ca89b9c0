import { statfs } from 'node:fs/promises'
import type { DumpBackup } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import { anotherMajor, called } from '../plan/place.ts'
import { restoredBytes } from '../plan/space.ts'
import { withClient } from '../postgres/connection.ts'
import { sessionsIn } from '../postgres/databases.ts'
import type { DumpPlace } from '../postgres/dump_archive.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { makeWord } from '../terminal/shell_words.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { checkDumpContents, checkDumpFiles } from './verify_dump.ts'

/** @throws ToolkitError verification where the dump is not what it was when it was made. */
export async function refuseDamaged(backup: DumpBackup, place: DumpPlace, { log }: Context): Promise<void> {
  if (backup.damage) {
    throw new ToolkitError('verification', {
      what: `${backup.id} cannot be trusted: ${backup.damage}.`,
      hint: 'make list shows others. If there is nothing else: copy its file to another name, such as rescued.dump,\nand restore that: it is then checked as far as it can be without metadata.json.',
    })
  }
  log.step(`Checking ${backup.id} …`)
  // Ours was read through when it was made: its SHA-256 says that it is still the same.
  const problems = backup.metadata
    ? await checkDumpFiles(backup, place.signal)
    : await checkDumpContents(backup, place)
  if (problems.length === 0) return
  throw new ToolkitError('verification', {
    what: `${backup.id} is damaged. Nothing was changed.`,
    why: problems.join('\n'),
    hint: 'make list shows others; make verify looks at all of them.',
  })
}

/** Everything that does not fit, found before anything is changed. */
export async function refuseMisfits(
  facts: RestoreDumpFacts,
  sources: Resolved['sources'],
  context: Context,
): Promise<void> {
  refuseServer(facts)
  refuseExisting(facts)
  refuseMissing(facts)
  await refuseSessions(facts)
  await refuseSpace(facts, sources, context)
}

function refuseServer({ server, image, backup, staging, plan }: RestoreDumpFacts): void {
  const { user } = staging.maintenance
  if (server.inRecovery) {
    throw new ToolkitError('prerequisite', {
      what: 'This server is a standby: nothing can be written to it.',
      hint: 'Name its primary with PGHOST and PGPORT.',
    })
  }
  const made = Number.parseInt(backup.metadata?.postgresql_version ?? '0', 10)
  if (made > server.major) {
    throw new ToolkitError('prerequisite', {
      what: `The dump is of PostgreSQL ${made}, the server is ${server.version}.`,
      why: 'A dump restores into its own major version and newer ones.',
      hint: 'Restore it into a newer server: PGHOST, PGPORT.',
    })
  }
  if (image.major !== server.major) {
    throw new ToolkitError('prerequisite', {
      what: `The server is PostgreSQL ${server.major}, the programs of ${called(image)} are ${image.major}.`,
      why: 'pg_restore says to a server what only its own version understands.',
      hint: `${anotherMajor(image, server.major)}.`,
    })
  }
  if (plan.timescaledb && !server.isSuperuser) {
    throw new ToolkitError('connection', {
      what: `Role “${user}” may not restore a database with TimescaleDB: that takes a superuser.`,
      why: 'The extension’s own tables are filled again, and its triggers are switched off meanwhile.',
      hint: 'Set PGUSER to a superuser of that server.',
    })
  }
  if (server.mayCreate) return
  throw new ToolkitError('connection', {
    what: `Role “${user}” may not make databases.`,
    hint: `As a superuser: ALTER ROLE "${user.replaceAll('"', '""')}" CREATEDB;`,
  })
}

function refuseExisting({ plan, settings, backup }: RestoreDumpFacts): void {
  if (plan.former === null || settings.ifExists === 'replace') return
  const word = makeWord('FILE', backup.id)
  throw new ToolkitError('usage', {
    what: `There is a database “${plan.database}” already.`,
    hint: `Beside it, under a new name: make restore-dump ${word} IF_EXISTS=new\nIn its place, after a question; the old one is kept: make restore-dump ${word} IF_EXISTS=replace\nUnder a name of yours: make restore-dump ${word} TARGET_DB=…`,
  })
}

/** Roles, extensions, tablespaces: all that is missing at once, with the words that help. */
function refuseMissing({ backup, settings, server, plan }: RestoreDumpFacts): void {
  const { metadata } = backup
  if (metadata === undefined) return
  const problems: string[] = []
  const hints: string[] = []
  const owners = new Set(metadata.inventory.jobs.map(({ owner }) => owner))
  const roles = metadata.roles
    .filter(
      ({ name, as }) =>
        owners.has(name) ||
        as.includes('policy') ||
        (as.includes('owner') && !settings.noOwner) ||
        (as.includes('privileges') && !settings.noAcl),
    )
    .map(({ name }) => name)
    .filter(name => !server.roles.includes(name))
  if (roles.length > 0) {
    problems.push(...roles.map(name => `role “${name}” does not exist`))
    hints.push(
      `Make the roles first: ${roles.map(name => `CREATE ROLE "${name.replaceAll('"', '""')}";`).join(' ')}`,
      ...(metadata.roles_file ? [`${metadata.roles_file} has them with their passwords.`] : []),
      'Or leave owners and privileges out: NO_OWNER=1 NO_ACL=1',
    )
  }
  for (const { name, version } of metadata.extensions) {
    const versions = server.extensions.get(name)
    if (versions === undefined) problems.push(`extension “${name}” is not installed on the server`)
    else if (name === 'timescaledb' && !versions.includes(version))
      problems.push(`TimescaleDB ${version} is not installed on the server, which has ${versions.join(', ')}`)
  }
  if (problems.some(problem => /installed on the server/.test(problem)))
    hints.push(
      'Install what is missing there. TimescaleDB restores into the very version that it was dumped from;\nALTER EXTENSION timescaledb UPDATE comes afterwards.',
    )
  if (plan.timescaledb && server.extensions.has('timescaledb') && !server.timescaledbLoaded) {
    problems.push('shared_preload_libraries of the server does not have timescaledb')
    hints.push('Add it to postgresql.conf, and restart the server.')
  }
  if (!settings.noTablespaces) {
    const missing = metadata.tablespaces.filter(name => !server.tablespaces.includes(name))
    problems.push(...missing.map(name => `tablespace “${name}” does not exist`))
    if (missing.length > 0) hints.push('Make it, or put everything into the default one: NO_TABLESPACES=1')
  }
  if (problems.length === 0) return
  throw new ToolkitError('prerequisite', {
    what: `The server lacks what ${backup.id} needs. Nothing was changed.`,
    why: problems.join('\n'),
    hint: hints.join('\n'),
  })
}

async function refuseSessions({ plan, staging }: RestoreDumpFacts): Promise<void> {
  if (plan.former === null) return
  const sessions = await withClient(staging.maintenance, client => sessionsIn(client, plan.database))
  if (sessions.length === 0) return
  throw new ToolkitError('failed', {
    what: `“${plan.database}” is in use: ${sessions.length === 1 ? 'one session is' : `${sessions.length} sessions are`} connected. Nothing was changed.`,
    why: sessions
      .slice(0, 5)
      .map(
        ({ pid, user, address, application }) =>
          `pid ${pid}: ${user} from ${address}${application ? ` (${application})` : ''}`,
      )
      .join('\n'),
    hint: 'Stop what uses it, or restore beside it: IF_EXISTS=new',
  })
}

/** Only of our own server is it known where its data lies. */
async function refuseSpace(
  { settings, bytes }: RestoreDumpFacts,
  sources: Resolved['sources'],
  { log }: Context,
): Promise<void> {
  if (sources.host !== 'default' || sources.container !== 'default' || bytes === undefined) return
  const free = await statfs(settings.dataDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
  if (free === undefined) return log.detail('The free space of the data directory cannot be seen.')
  const needed = restoredBytes(bytes)
  if (needed <= free) return
  throw new ToolkitError('space', {
    what: `Not enough space for the database: it needs about ${formatBytes(needed)}, ${formatBytes(free)} are free. Nothing was changed.`,
    why: `The data directory is ${settings.dataDir}.`,
    hint: 'Free some space there (make discard-former, old backups), or restore into another server: PGHOST, PGPORT',
  })
}
