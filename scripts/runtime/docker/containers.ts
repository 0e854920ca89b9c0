import { engine, engineOk } from './engine.ts'

export type Container = {
  Id: string
  Name: string
  Config: { Labels: Record<string, string> | null }
  Mounts: { Destination: string }[]
}

/**
 * The containers that fit all filters, which must be plain words: docker takes a filter as it is, podman reads it as a
 * line of CSV. What may have quotes in it, such as a path, is compared by the caller.
 * @throws ToolkitError prerequisite
 */
export async function containers(
  filters: readonly string[],
  { all = false, signal }: { all?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<Container[]> {
  const list = ['ps', '--quiet', '--no-trunc', ...(all ? ['--all'] : [])]
  const ids = await engineOk([...list, ...filters.flatMap(f => ['--filter', f])], { signal })
  if (ids === '') return []
  // One that has gone meanwhile is complained of; the others are told all the same.
  const inspect = ['container', 'inspect', '--format', '{{json .}}', ...ids.split('\n')]
  const { stdout } = await engine(inspect, { signal })
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
}
