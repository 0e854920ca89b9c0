import { realpath } from 'node:fs/promises'
import { engine, engineOk, label } from './engine.ts'

/** A line for each container: a whole document would be cut off, of a machine with many. */
const format = '{{json .Name}} {{json (index .Config.Labels "LABEL")}} {{json .Mounts}}'.replace(
  'LABEL',
  `${label}.role`,
)

/** Names of running containers, ours or not, that have a folder of this machine (its real path) mounted; our short-lived programs aside. */
export async function containersWith(folder: string, signal?: AbortSignal): Promise<string[]> {
  // The filter would do, but it takes a folder inside a container for the same as one of this machine.
  const ids = (await engineOk(['ps', '--quiet'], { signal })).split('\n').filter(Boolean)
  if (ids.length === 0) return []
  // One that has gone meanwhile makes it fail, and the others are told all the same.
  const { stdout } = await engine(['inspect', '--format', format, ...ids], { signal })
  const names: string[] = []
  for (const line of stdout.split('\n')) {
    const [, name, role, mounts] = /^"\/?([^"]+)" (\S+) (.*)$/.exec(line) ?? []
    if (name === undefined || mounts === undefined || role === '"program"') continue
    const sources = (JSON.parse(mounts) as { Source?: string }[] | null) ?? []
    const real = sources.map(({ Source = '' }) => realpath(Source).catch(() => Source))
    if ((await Promise.all(real)).includes(folder)) names.push(name)
  }
  return names
}
