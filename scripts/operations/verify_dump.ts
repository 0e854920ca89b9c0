import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { DumpBackup } from '../catalog/catalog.ts'
import { sha256File } from '../catalog/hash.ts'
import { ToolkitError } from '../errors.ts'
import { algorithmOfSql, type DumpPlace, readDump } from '../postgres/dump_archive.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { provideClientImage } from './image.ts'
import type { Found } from './verify.ts'

/** Looks at a dump: every file's SHA-256, its table of contents, and everything in it, read from end to end. */
export async function verifyDump(
  runtime: Runtime,
  resolved: Resolved,
  backup: DumpBackup,
  context: Context,
): Promise<Found> {
  const problems = await checkDumpFiles(backup, context.signal)
  const notes: string[] = []
  if (existsSync(backup.path)) {
    const made = backup.metadata && Number.parseInt(backup.metadata.pg_dump_version, 10)
    const { image } = await provideClientImage(runtime, resolved, context, { major: made })
    const place = { runtime, image: image.image, signal: context.signal }
    problems.push(...(await checkDumpContents(backup, place)))
  }
  return { level: 'deep', problems, notes }
}

/** Every file that the metadata names, with its size and SHA-256, and in a folder of ours no other. */
export async function checkDumpFiles(
  { metadata, path, format }: DumpBackup,
  signal: AbortSignal,
): Promise<string[]> {
  if (metadata === undefined) return []
  const folder = dirname(path)
  const problems: string[] = []
  for (const file of metadata.files) {
    const at = join(folder, file.name)
    const found = await stat(at).catch(() => undefined)
    if (found === undefined) problems.push(`${file.name}: missing`)
    else if (found.size !== file.bytes)
      problems.push(`${file.name}: ${found.size} bytes instead of ${file.bytes}`)
    else if ((await sha256File(at, { signal })) !== file.sha256)
      problems.push(`${file.name}: its content changed (SHA-256 differs)`)
  }
  if (format === 'directory' && existsSync(path)) {
    const expected = new Set(metadata.files.map(({ name }) => name))
    const extra = (await readdir(path)).map(name => `${basename(path)}/${name}`)
    problems.push(...extra.filter(name => !expected.has(name)).map(name => `${name}: not part of this dump`))
  }
  return problems
}

/** What is in it against its metadata; where there is none, whether there is anything at all. */
export async function checkDumpContents(
  { path, format, metadata }: DumpBackup,
  place: DumpPlace,
): Promise<string[]> {
  const isPlain = format === 'plain'
  try {
    const read = await readDump(path, isPlain ? algorithmOfSql(path) : 'archive', place)
    const { entries } = read
    const problems: string[] = []
    if (isPlain && !read.complete) problems.push('its last line is missing: it was cut off')
    if (metadata === undefined) {
      if (entries === 0 || (isPlain && (await stat(path)).size === 0)) problems.push('there is nothing in it')
      return problems
    }
    const { contents } = metadata
    if (entries !== contents.entries)
      problems.push(`its table of contents has ${entries} entries instead of ${contents.entries}`)
    if (read.tables.size !== contents.data_tables)
      problems.push(`it has rows of ${read.tables.size} tables instead of ${contents.data_tables}`)
    if (read.rows !== contents.rows) problems.push(`it has ${read.rows} rows instead of ${contents.rows}`)
    return problems
  } catch (error) {
    // A dump that cannot be read to its end is a finding about it.
    if (error instanceof ToolkitError && error.kind === 'verification')
      return [`${error.message} (${error.why ?? 'no words'})`]
    throw error
  }
}
