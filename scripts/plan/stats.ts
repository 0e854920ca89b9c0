/** What is counted of a backup, whatever it is made of. */
export type Counted = {
  kind: 'physical' | 'dump'
  /** Of a dump. */
  database: string | null
  foreign: boolean
  at: Date
  bytes: number
  /** Of the cluster or database that it is of, uncompressed. */
  originalBytes: number | null
  /** How long it took to make. */
  seconds: number | null
  verified: 'ok' | 'failed' | 'never'
  damaged: boolean
}

export type StatsGroup = {
  kind: Counted['kind']
  database: string | null
  foreign: boolean
  count: number
  total_bytes: number
  newest_at: string
  newest_age_seconds: number
  oldest_at: string
  oldest_age_seconds: number
  last_size_bytes: number
  /** How many times larger the original was; of those that say how large it was. */
  average_ratio: number | null
  average_seconds: number | null
  /** From the first to the last size; null where less than a day lies between. */
  growth_bytes_per_day: number | null
  never_verified: number
  /** Whose last verification failed. */
  failed: number
  damaged: number
}

/** One run, as the history has it. */
export type RunRecord = { at: string; command: string; exit_code: number; result: string }

export type CommandRuns = {
  command: string
  runs: number
  failures: number
  /** Another run held the lock, somebody said no, or stopped it: no failures. */
  left_out: number
  last_at: string
  last_failure: { at: string; exit_code: number; result: string } | null
}

const millisecondsOfDay = 86_400_000
const ageOf = (at: Date, now: Date): number => Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000))

/** Kinds and databases in the order of their names; somebody else's backups are groups of their own. */
export function groupStats(backups: readonly Counted[], now: Date): StatsGroup[] {
  const groups = new Map<string, Counted[]>()
  for (const backup of backups) {
    const key = JSON.stringify([backup.foreign, backup.kind, backup.database])
    groups.set(key, [...(groups.get(key) ?? []), backup])
  }
  return [...groups.values()]
    .map(group => describeGroup(group, now))
    .sort(
      (a, b) =>
        Number(a.foreign) - Number(b.foreign) ||
        compare(b.kind, a.kind) ||
        compare(a.database ?? '', b.database ?? ''),
    )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const average = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : sum(numbers) / numbers.length

function describeGroup(group: readonly Counted[], now: Date): StatsGroup {
  const inOrder = [...group].sort((a, b) => a.at.getTime() - b.at.getTime())
  const [oldest, newest] = [inOrder[0], inOrder.at(-1)] as [Counted, Counted]
  // What is damaged has lost some of its size.
  const whole = inOrder.filter(({ damaged }) => !damaged)
  const ratios = whole.flatMap(({ originalBytes, bytes }) =>
    originalBytes === null || bytes === 0 ? [] : originalBytes / bytes,
  )
  return {
    kind: newest.kind,
    database: newest.database,
    foreign: newest.foreign,
    count: group.length,
    total_bytes: sum(group.map(({ bytes }) => bytes)),
    newest_at: newest.at.toISOString(),
    newest_age_seconds: ageOf(newest.at, now),
    oldest_at: oldest.at.toISOString(),
    oldest_age_seconds: ageOf(oldest.at, now),
    last_size_bytes: newest.bytes,
    average_ratio: average(ratios),
    average_seconds: average(whole.flatMap(({ seconds }) => seconds ?? [])),
    growth_bytes_per_day: growthOf(whole),
    never_verified: group.filter(({ verified }) => verified === 'never').length,
    failed: group.filter(({ verified }) => verified === 'failed').length,
    damaged: group.filter(({ damaged }) => damaged).length,
  }
}

/** From minutes to a day is too far to guess. */
function growthOf(inOrder: readonly Counted[]): number | null {
  const [first, last] = [inOrder[0], inOrder.at(-1)]
  if (first === undefined || last === undefined) return null
  const days = (last.at.getTime() - first.at.getTime()) / millisecondsOfDay
  return days < 1 ? null : Math.round((last.bytes - first.bytes) / days)
}

/** Another run held the lock; declined or interrupted. */
const noFailure = [6, 130]

/** The runs since a moment, a row for each command. */
export function runsOf(entries: readonly RunRecord[], since: Date): CommandRuns[] {
  const recent = entries.filter(({ at }) => new Date(at) >= since)
  const commands = [...new Set(recent.map(({ command }) => command))].sort(compare)
  return commands.map(command => {
    const runs = recent
      .filter(entry => entry.command === command)
      .sort((a, b) => new Date(a.at).getTime() - new Date(b.at).getTime())
    const failures = runs.filter(({ exit_code }) => exit_code !== 0 && !noFailure.includes(exit_code))
    const last = failures.at(-1)
    return {
      command,
      runs: runs.length,
      failures: failures.length,
      left_out: runs.filter(({ exit_code }) => noFailure.includes(exit_code)).length,
      last_at: runs.at(-1)?.at ?? '',
      last_failure: last ? { at: last.at, exit_code: last.exit_code, result: last.result } : null,
    }
  })
}
