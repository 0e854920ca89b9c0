import { createWriteStream } from 'node:fs'
import { readdir, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fsyncPath, makeFolder, renameDurably } from '../catalog/durable.ts'
import { ToolkitError } from '../errors.ts'
import type { Report } from '../explore/report.ts'
import { momentAfter, stampOf } from '../plan/stamp.ts'

export type ReportFiles = {
  folder: string
  json: string
  markdown: string
  html: string
  latest: string | null
}
type Place = { reportsDir: string; output?: string | undefined; signal?: AbortSignal | undefined }

/**
 * Writes the files beside each other into a folder that gets its name last, and `latest` to it. Only we may read
 * them: a report tells much about a database.
 */
export async function writeReport(
  report: Report,
  { reportsDir, output, signal }: Place,
  files: Readonly<Record<string, string | Iterable<string>>>,
): Promise<ReportFiles> {
  const folder = output ?? (await freeName(reportsDir, report))
  const partial = `${folder}.partial`
  if (output !== undefined) await refuseStrangers(output)
  await makeFolder(dirname(folder))
  await rm(partial, { recursive: true, force: true })
  try {
    await makeFolder(partial)
    for (const [name, content] of Object.entries(files)) {
      const path = join(partial, name)
      const pieces = typeof content === 'string' ? [content] : content
      const to = createWriteStream(path, { mode: 0o600, flush: true })
      await pipeline(Readable.from(pieces), to, ...(signal ? [{ signal }] : []))
    }
    await fsyncPath(partial)
    // An OUTPUT of ours that is there already makes way.
    await rm(folder, { recursive: true, force: true })
    await renameDurably(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {})
    throw error
  }
  const latest = output === undefined ? await pointLatest(reportsDir, folder) : null
  return {
    folder,
    json: join(folder, 'report.json'),
    markdown: join(folder, 'report.md'),
    html: join(folder, 'report.html'),
    latest,
  }
}

const fileNames = ['report.html', 'report.json', 'report.md']

/**
 * OUTPUT replaces an older report, and nothing else.
 * @throws ToolkitError usage
 */
export async function refuseStrangers(output: string): Promise<void> {
  const found = await readdir(output).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR') return ['it is a file']
    throw error
  })
  const strangers = found.filter(name => !fileNames.includes(name))
  if (strangers.length === 0) return
  throw new ToolkitError('usage', {
    what: `${output} holds other things than a report.`,
    why: strangers.slice(0, 5).join(', '),
    hint: 'Name a new folder with OUTPUT, or leave it out: then the report goes into reports/.',
  })
}

/** <database>_<UTC time>; what a file system may not like in the name of a database becomes _. */
async function freeName(reportsDir: string, { server, generated_at }: Report): Promise<string> {
  const name = server.database
    .replace(/[^\p{L}\p{N}.-]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, 60)
  const names = await readdir(reportsDir).catch(() => [] as string[])
  const own = names.map(one => one.replace(/\.partial$/, '')).filter(one => one.startsWith(`${name}_`))
  return join(reportsDir, `${name}_${stampOf(momentAfter(new Date(generated_at), own))}`)
}

/** A link, replaced in one step. Where links cannot be made there is none. */
async function pointLatest(reportsDir: string, folder: string): Promise<string | null> {
  const latest = join(reportsDir, 'latest')
  const fresh = join(reportsDir, `.latest.${process.pid}`)
  try {
    await symlink(basename(folder), fresh)
    await rename(fresh, latest)
    return latest
  } catch {
    await rm(fresh, { force: true })
    return null
  }
}
