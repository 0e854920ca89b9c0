import type { DumpBackup } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import { withClient } from '../postgres/connection.ts'
import { sessionsIn } from '../postgres/databases.ts'
import type { DumpPlace } from '../postgres/dump_archive.ts'
import type { Context } from '../settings/command.ts'
import { countOf } from '../terminal/format.ts'
import { makeWord } from '../terminal/shell_words.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { refuseDataSpace, refuseServer } from './target_refusals.ts'
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
  isOurs: boolean,
  context: Context,
): Promise<void> {
  const { server, image, backup, staging, plan, settings } = facts
  const { metadata } = backup
  const coming = {
    name: backup.id,
    major: Number.parseInt(metadata?.postgresql_version ?? '0', 10),
    hasTimescale: plan.timescaledb !== null,
    needs: metadata && {
      roles: metadata.roles,
      jobOwners: metadata.inventory.jobs.map(({ owner }) => owner),
      extensions: metadata.extensions,
      tablespaces: metadata.tablespaces,
      rolesFile: metadata.roles_file,
    },
  }
  refusePart(facts)
  refuseServer(server, image, staging.maintenance.user, coming, settings)
  refuseExisting(facts)
  await refuseSessions(facts)
  await refuseDataSpace(settings, isOurs, facts.bytes, context)
}

/** What would make a database that looks right and is not. */
function refusePart({ backup, settings, isPartial }: RestoreDumpFacts): void {
  const { metadata, id } = backup
  const { only, noOwner, noAcl, noTablespaces } = settings
  if (backup.format === 'plain' && (isPartial || only || noOwner || noAcl || noTablespaces)) {
    throw new ToolkitError('usage', {
      what: `${id} is plain SQL, of which nothing can be chosen, and nothing left out.`,
      hint: 'Restore all of it: leave TABLES, EXCLUDE_TABLES, SCHEMA, ONLY, NO_OWNER, NO_ACL and NO_TABLESPACES out.\nA dump of FORMAT=custom or directory can be chosen from.',
    })
  }
  const [hypertable] = metadata?.inventory.hypertables ?? []
  if (settings.only === 'schema' && hypertable) {
    throw new ToolkitError('usage', {
      what: `${hypertable.name} is a hypertable, which needs the rows of TimescaleDB’s catalog.`,
      why: 'With definitions alone it would be a table like any other.',
      hint: 'Leave ONLY out; or restore everything, and empty the tables then (TRUNCATE).',
    })
  }
  if (metadata?.selection.only !== 'data') return
  throw new ToolkitError('usage', {
    what: `${id} holds rows alone: it can make no tables.`,
    hint: 'Into tables that are there and empty: make restore-dump FILE=… TARGET_DB=… ONLY=data',
  })
}

function refuseExisting({ plan, settings, backup }: RestoreDumpFacts): void {
  if (plan.former === null || settings.ifExists === 'replace') return
  const word = makeWord('FILE', backup.id)
  throw new ToolkitError('usage', {
    what: `There is a database “${plan.database}” already. It was left alone.`,
    hint: `Beside it, under a new name: make restore-dump ${word} IF_EXISTS=new\nIn its place, after a question; the old one is kept: make restore-dump ${word} IF_EXISTS=replace\nUnder a name of yours: make restore-dump ${word} TARGET_DB=…`,
  })
}

async function refuseSessions({ plan, staging }: RestoreDumpFacts): Promise<void> {
  if (plan.former === null) return
  const sessions = await withClient(staging.maintenance, client => sessionsIn(client, plan.database))
  if (sessions.length === 0) return
  throw new ToolkitError('failed', {
    what: `“${plan.database}” is in use, by ${countOf(sessions.length, 'session')}. Nothing was changed.`,
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
