import { realpath } from 'node:fs/promises'
import { engine, label } from './engine.ts'

type Inspected = {
  Name: string
  Config: { Labels: Record<string, string> | null }
  Mounts: { Source?: string }[]
}

/** Names of running containers, ours or not, that have a folder of this machine (its real path) mounted; our short-lived programs aside. */
export async function containersWith(folder: string, signal?: AbortSignal): Promise<string[]> {
  // The filter would do, but it takes a folder inside a container for the same as one of this machine.
  const { stdout } = await engine(['ps', '--quiet'], { signal })
  const ids = stdout.split('\n').filter(Boolean)
  if (ids.length === 0) return []
  const output = await engine(['inspect', ...ids], { signal })
  // One may have gone meanwhile: the others are told all the same.
  const containers = JSON.parse(output.stdout || '[]') as Inspected[]
  const names: string[] = []
  for (const { Name, Config, Mounts } of containers) {
    if (Config.Labels?.[`${label}.role`] === 'program') continue
    const sources = await Promise.all(Mounts.map(({ Source = '' }) => realpath(Source).catch(() => Source)))
    if (sources.includes(folder)) names.push(Name.replace(/^\//, ''))
  }
  return names
}
