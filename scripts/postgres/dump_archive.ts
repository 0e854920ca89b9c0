import { ToolkitError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Algorithm } from '../settings/compression.ts'

/** Where pg_restore runs. */
export type DumpPlace = { runtime: Runtime; image: string; signal: AbortSignal }

export type TableOfContents = {
  /** The lines of its entries, as `pg_restore --use-list` reads them. */
  lines: string[]
  /** The database that it was made of, and with what. */
  database: string | undefined
  serverVersion: string | undefined
  dumpVersion: string | undefined
  compression: string | undefined
}

const header = (text: string, name: string): string | undefined =>
  new RegExp(`^;\\s+${name}: (.*)$`, 'm').exec(text)?.[1]?.trim()

/**
 * The table of contents of an archive.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 * @throws ToolkitError verification where it cannot be read.
 */
export async function readContentsTable(path: string, place: DumpPlace): Promise<TableOfContents> {
  const lines: string[] = []
  const head: string[] = []
  // Without --create the entries of the database itself are left out of the list.
  const argv = ['pg_restore', '--create', '--list', '--', path]
  const output = await place.runtime.run(
    { name: 'dump_list', argv, as: 'caller', folders: [{ path, mode: 'ro' }], image: place.image },
    {
      signal: place.signal,
      onStdout: line => void (line.startsWith(';') ? head : lines).push(line),
    },
  )
  if (output.code !== 0) throw unreadable(path, output.stderr)
  const text = head.join('\n')
  return {
    lines: lines.filter(line => /^\d+; /.test(line)),
    database: header(text, 'dbname'),
    serverVersion: header(text, 'Dumped from database version'),
    dumpVersion: header(text, 'Dumped by pg_dump version'),
    compression: header(text, 'Compression'),
  }
}

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
export type ReadRows = {
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
 * through us: that is several times slower.
 */
const counter = `
/^\\\\ended / { ended = $2; next }
/^-- Data for Name: / && !inside { heading = $0; expecting = 1; next }
/^-- PostgreSQL database cluster dump$/ && !inside { cluster = 1; next }
/^-- PostgreSQL database dump complete/ && !inside { if (!cluster) complete = 1; next }
/^-- PostgreSQL database cluster dump complete/ && !inside { complete = 1; next }
expecting && / FROM stdin;$/ { inside = 1; expecting = 0; rows = 0; next }
inside && $0 == "\\\\." { print rows "\\t" heading; inside = 0; next }
inside { rows++; next }
/^-- Name: / { expecting = 0 }
END { print "ended\\t" ended "\\t" inside "\\t" complete }`

/** sh, without pipefail, which not every one has: the first program's exit code comes as a last line. */
const script = 'program=$1; shift; { "$@"; printf "\\n\\\\\\\\ended %s\\n" "$?"; } | LC_ALL=C awk "$program"'

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
export async function readRows(path: string, reading: Reading, place: DumpPlace): Promise<ReadRows> {
  const tables = new Map<string, number>()
  let end: string[] = []
  const argv = ['sh', '-c', script, 'sh', counter, ...sqlArguments(path, reading)]
  const output = await place.runtime.run(
    { name: 'dump_read', argv, as: 'caller', folders: [{ path, mode: 'ro' }], image: place.image },
    {
      signal: place.signal,
      onStdout: line => {
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
  if (code === '127') throw noProgram(argv[5] ?? '', path)
  if (output.code !== 0 || code !== '0') throw unreadable(path, output.stderr)
  if (inside === '1') throw unreadable(path, 'It ends in the middle of a table.')
  return { tables, rows: [...tables.values()].reduce((a, b) => a + b, 0), complete: complete === '1' }
}
