import { ToolkitError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Algorithm } from '../settings/compression.ts'

/** Where pg_restore runs. */
export type DumpPlace = { runtime: Runtime; image: string; signal: AbortSignal }

/**
 * The entries of an archive's table of contents, as `pg_restore --use-list` reads them.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 * @throws ToolkitError verification where it cannot be read.
 */
export async function readEntries(path: string, place: DumpPlace): Promise<string[]> {
  const entries: string[] = []
  // Without --create the entries of the database itself are left out of the list.
  const argv = ['pg_restore', '--create', '--list', '--', path]
  const output = await place.runtime.run(
    { name: 'dump_list', argv, as: 'caller', folders: [{ path, mode: 'ro' }], image: place.image },
    { signal: place.signal, onStdout: line => void (isEntry(line) && entries.push(line)) },
  )
  if (output.code !== 0) throw unreadable(path, output.stderr)
  return entries
}

const isEntry = (line: string): boolean => /^\d+; /.test(line)

function unreadable(path: string, output: string): ToolkitError {
  const why = output.split('\n').slice(-5).join('\n') || undefined
  // Nothing is known about the dump then.
  if (/unsupported version \(|this build does not support compression/.test(output)) {
    return new ToolkitError('prerequisite', {
      what: `${path} was made by a newer pg_dump than this pg_restore can read, or one that compresses in another way.`,
      why,
      hint: 'Name an image of that version or a newer one, for example IMAGE=postgres:17 (RUNTIME=local: PG_BIN=…).',
    })
  }
  return new ToolkitError('verification', {
    what: `${path} cannot be read as a dump.`,
    why,
    hint: 'It is cut off, damaged, or no dump at all. make list shows others.',
  })
}

/** What was read of a dump from its beginning to its end. */
export type ReadDump = {
  /** How many there are in its table of contents; plain SQL has none. */
  entries: number | null
  /** Rows of each table, by the words that pg_dump puts above them: see `dataHeading`. */
  tables: Map<string, number>
  rows: number
  /** The mark that pg_dump puts at the end of plain SQL. */
  complete: boolean
}

/**
 * The line that pg_dump puts above the rows of a table, up to the owner. Line ends in names it makes blanks.
 */
export const dataHeading = ({ schema, name }: { schema: string; name: string }): string =>
  `-- Data for Name: ${name}; Type: TABLE DATA; Schema: ${schema}; Owner: `.replace(/[\r\n]/g, ' ')

/**
 * Counts rows between `COPY … FROM stdin` and `\.`, which is all that there is below such a heading. Rows never go
 * through us: that is several times slower. What most lines are is looked at first, and nothing else of them: with all
 * patterns before, a row took four times as long.
 */
const counter = `
inside && !/^\\\\/ { rows++; next }
inside && $0 != "\\\\." { rows++; next }
inside { print rows "\\t" heading; inside = 0; next }
/^\\\\ended / { ended = $2; next }
/^-- Data for Name: / { heading = $0; expecting = 1; next }
/^-- PostgreSQL database cluster dump$/ { cluster = 1; next }
/^-- PostgreSQL database dump complete/ { if (!cluster) complete = 1; next }
/^-- PostgreSQL database cluster dump complete/ { complete = 1; next }
expecting && / FROM stdin;$/ { inside = 1; expecting = 0; rows = 0; next }
/^-- Name: / { expecting = 0 }
END { print "ended\\t" ended "\\t" inside "\\t" complete }`

/**
 * First the table of contents, where there is one; then what is read. sh, without pipefail, which not every one has: the
 * first program's exit code comes as a last line.
 */
const script =
  'archive=$1; program=$2; shift 2; test -z "$archive" || pg_restore --create --list -- "$archive" || exit; { "$@"; printf "\\n\\\\\\\\ended %s\\n" "$?"; } | LC_ALL=C awk "$program"'

/** How a dump is read: as an archive, or as SQL that was compressed so. */
export type Reading = 'archive' | Algorithm

/** How plain SQL of that name is compressed. */
export const algorithmOfSql = (name: string): Algorithm =>
  (({ zst: 'zstd', lz4: 'lz4', gz: 'gzip' }) as const)[
    (/\.(zst|lz4|gz)$/.exec(name)?.[1] ?? '') as 'zst' | 'lz4' | 'gz'
  ] ?? 'none'

/** The argv that writes a dump as SQL. Of an archive its data alone: function bodies may hold any text. */
export function sqlArguments(path: string, reading: Reading): string[] {
  if (reading === 'archive') return ['pg_restore', '--data-only', '--file=-', '--', path]
  return reading === 'none' ? ['cat', '--', path] : [reading, '-dcq', '--', path]
}

const noProgram = (program: string, path: string): ToolkitError =>
  new ToolkitError('prerequisite', {
    what: `There is no program ${program}, which ${path} takes to be read.`,
    hint: `Install it (Debian and Ubuntu: sudo apt-get install ${program}), or name an image that has it in IMAGE.`,
  })

/**
 * Reads a dump through, from its first byte to its last.
 * @throws ToolkitError verification where that fails.
 */
export async function readDump(path: string, reading: Reading, place: DumpPlace): Promise<ReadDump> {
  const tables = new Map<string, number>()
  let entries = 0
  let end: string[] = []
  const sql = sqlArguments(path, reading)
  const argv = ['sh', '-c', script, 'sh', reading === 'archive' ? path : '', counter, ...sql]
  const output = await place.runtime.run(
    { name: 'dump_read', argv, as: 'caller', folders: [{ path, mode: 'ro' }], image: place.image },
    {
      signal: place.signal,
      onStdout: line => {
        if (isEntry(line)) entries += 1
        if (line.startsWith(';') || isEntry(line)) return
        const [first = '', ...rest] = line.split('\t')
        if (first === 'ended') end = rest
        else {
          const heading = rest.join('\t')
          tables.set(heading, (tables.get(heading) ?? 0) + Number(first))
        }
      },
    },
  )
  const [code, inside, complete] = end
  if (code === '127') throw noProgram(sql[0] ?? '', path)
  // In the middle of a table the line with the exit code counts as one more row: then there is none.
  const cutOff = inside === '1' ? 'It ends in the middle of a table.' : ''
  if (output.code !== 0 || code !== '0' || cutOff) throw unreadable(path, output.stderr || cutOff)
  const rows = [...tables.values()].reduce((a, b) => a + b, 0)
  return { entries: reading === 'archive' ? entries : null, tables, rows, complete: complete === '1' }
}
