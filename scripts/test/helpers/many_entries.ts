import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { entryBytes } from './tar_file.ts'

/**
 * Puts so many tiny files before the entries of a foreign backup's base archive, and into its manifest, as a stream:
 * neither is ever in memory as a whole.
 */
export async function addTinyFiles(folder: string, count: number): Promise<void> {
  const archive = join(folder, 'base.tar')
  const rest = await readFile(archive)
  const manifest = await readFile(join(folder, 'backup_manifest'), 'utf8')
  const [head = '', tail = ''] = manifest.split(/(?<="Files": \[\n)/)
  const tar = createWriteStream(archive)
  const lines = createWriteStream(join(folder, 'backup_manifest'))
  const hash = createHash('sha256')
  const note = async (text: string) => {
    hash.update(text)
    if (!lines.write(text)) await once(lines, 'drain')
  }
  await note(head)
  for (let i = 0; i < count; i += 1) {
    const path = `base/1/tiny_${String(i).padStart(8, '0')}`
    const content = String(i)
    const entry = entryBytes({ path, content })
    if (!tar.write(entry)) await once(tar, 'drain')
    const checksum = createHash('sha256').update(content).digest('hex')
    await note(
      `{ "Path": "${path}", "Size": ${content.length}, "Last-Modified": "2026-01-31 12:00:00 GMT", "Checksum-Algorithm": "SHA256", "Checksum": "${checksum}" },\n`,
    )
  }
  tar.end(rest)
  await note(tail.replace(/"Manifest-Checksum".*\n?$/, ''))
  lines.end(`"Manifest-Checksum": "${hash.digest('hex')}"}\n`)
  await Promise.all([once(tar, 'close'), once(lines, 'close')])
}

/** The most that a process itself ever held, in megabytes; 0 where the system does not tell. */
export async function peakMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}
