/** What a rule has to know of a backup, whatever it is made of. */
export type Kept = {
  id: string
  kind: 'physical' | 'dump'
  type: 'full' | 'incremental' | 'differential'
  /** Of a dump. */
  database: string | null
  /** The cluster that it is of (its system identifier): two servers may be saved into one folder. */
  cluster: string | null
  /** null: its description cannot be read, so nobody can say which group it belongs to. */
  environment: string | null
  at: Date
  /** What decides which one is the newest, where a clock was set back; else the same as `at`. */
  order: Date
  bytes: number
  /** Described by us, undamaged, and the last verification has not failed. */
  good: boolean
  /** Not made by us: never touched, and it stands for none of ours. */
  foreign: boolean
  /** A link to a backup elsewhere: the same. */
  link: boolean
  parent: string | null
}

export type RetentionRules = {
  days: number
  /** In the place of `days`, where it is given. */
  daysOf: {
    full?: number | undefined
    incremental?: number | undefined
    differential?: number | undefined
    dump?: number | undefined
  }
  /** The newest good one of each of the last so many days, weeks … that have one, in UTC. 0: the rule is off. */
  daily: number
  weekly: number
  monthly: number
  yearly: number
  /** That many of the newest good ones of each group stay, whatever their age; 1 at least. */
  min: number
}

export type Decision = { id: string; action: 'keep' | 'remove'; reasons: string[] }

type Judged = { backup: Kept; keep: string[]; remove: string[] }

const millisecondsOfDay = 86_400_000

/**
 * Which backups stay and which go, each with its reasons: first what is kept, newest first, then what goes, in the
 * order in which it is to be removed: a dependant before its parent, else the oldest first. The newest good one of a
 * group stays whatever the rules say, and so does everything of a group that has no good one.
 */
export function applyRetention(backups: readonly Kept[], rules: RetentionRules, now: Date): Decision[] {
  const byId = new Map(backups.map(backup => [backup.id, backup]))
  const judged = new Map<string, Judged>(
    [...backups].sort(newestFirst).map(backup => [backup.id, { backup, ...judgeAlone(backup, rules, now) }]),
  )
  for (const group of groupsOf([...judged.values()], now)) judgeGroup(group, rules, byId)
  keepParents(judged, byId)
  const all = [...judged.values()]
  return [
    ...all
      .filter(one => one.keep.length > 0)
      .map(one => ({ id: one.backup.id, action: 'keep' as const, reasons: one.keep })),
    ...inOrderOfRemoval(all.filter(one => one.keep.length === 0)).map(one => ({
      id: one.backup.id,
      action: 'remove' as const,
      reasons: one.remove,
    })),
  ]
}

const newestFirst = (a: Kept, b: Kept): number =>
  b.order.getTime() - a.order.getTime() ||
  b.at.getTime() - a.at.getTime() ||
  (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`

/** What can be said of a backup without looking at the others. */
function judgeAlone(backup: Kept, rules: RetentionRules, now: Date): Omit<Judged, 'backup'> {
  const keep: string[] = []
  const remove: string[] = []
  const days = daysFor(backup, rules)
  if (backup.foreign) keep.push('not made by this toolkit')
  else if (backup.link) keep.push('a link to a backup elsewhere')
  else if (backup.environment === null)
    keep.push('its metadata.json cannot be read: nobody can say what it is of')
  else if (backup.at > now) keep.push('in the future: the clock was ahead, or is behind')
  else if (now.getTime() - backup.at.getTime() < days * millisecondsOfDay)
    keep.push(`younger than ${count(days, 'day')}`)
  else remove.push(`older than ${count(days, 'day')}`)
  return { keep, remove }
}

const daysFor = ({ kind, type }: Kept, { days, daysOf }: RetentionRules): number =>
  (kind === 'dump' ? daysOf.dump : daysOf[type]) ?? days

/** Those that can be compared with each other. What is in the future stays anyhow, and stands for nothing. */
function groupsOf(judged: readonly Judged[], now: Date): Judged[][] {
  const groups = new Map<string, Judged[]>()
  for (const one of judged) {
    const { kind, database, cluster, environment, foreign, link, at } = one.backup
    if (foreign || link || environment === null || at > now) continue
    const key = JSON.stringify([kind, database, cluster, environment])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()]
}

/** The group comes newest first. */
function judgeGroup(group: readonly Judged[], rules: RetentionRules, byId: ReadonlyMap<string, Kept>): void {
  const good = group.filter(one => isWhole(one.backup, byId))
  keepNewest(good, rules)
  keepBuckets(good, rules)
  for (const one of group) {
    if (good.includes(one)) continue
    const newer = good.some(other => newestFirst(other.backup, one.backup) < 0)
    if (newer) one.remove.push('not whole, and there is a newer good one')
    else if (one.keep.length === 0)
      one.keep.push(`${one.remove.join()}, but no good one of ${ownerOf(one.backup)} is newer`)
  }
}

/** A backup that is made of others is good when all of them are there and good. */
function isWhole(backup: Kept, byId: ReadonlyMap<string, Kept>): boolean {
  const seen = new Set<string>()
  for (let one: Kept | undefined = backup; one !== undefined; one = byId.get(one.parent)) {
    if (!one.good || seen.has(one.id)) return false
    if (one.parent === null) return true
    seen.add(one.id)
  }
  return false
}

const ownerOf = ({ kind, database }: Kept): string =>
  kind === 'dump' && database !== null ? database : 'its cluster'

function keepNewest(good: readonly Judged[], { min }: RetentionRules): void {
  const least = Math.max(1, min)
  for (const one of good.slice(0, least)) {
    const owner = ownerOf(one.backup)
    if (good.length === 1) one.keep.push(`the last good one of ${owner}`)
    else if (least === 1) one.keep.push(`the newest good one of ${owner}`)
    else one.keep.push(`one of the ${least} newest good ones of ${owner}`)
  }
}

/** Grandfather, father, son: as restic counts them. */
function keepBuckets(good: readonly Judged[], { daily, weekly, monthly, yearly }: RetentionRules): void {
  const buckets: [number, (at: Date) => string][] = [
    [daily, at => at.toISOString().slice(0, 10)],
    [weekly, weekOf],
    [monthly, at => at.toISOString().slice(0, 7)],
    [yearly, at => at.toISOString().slice(0, 4)],
  ]
  for (const [most, nameOf] of buckets) {
    const taken = new Set<string>()
    for (const one of good) {
      const name = nameOf(one.backup.at)
      if (taken.size >= most || taken.has(name)) continue
      taken.add(name)
      one.keep.push(`the newest of ${name}`)
    }
  }
}

/** `2026-W47`: weeks begin on Monday, and belong to the year that their Thursday is in (ISO 8601). */
function weekOf(at: Date): string {
  const weekday = (at.getUTCDay() + 6) % 7
  const thursday = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() - weekday + 3))
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = Math.floor((thursday.getTime() - firstDay) / (7 * millisecondsOfDay)) + 1
  return `${thursday.toISOString().slice(0, 4)}-W${String(week).padStart(2, '0')}`
}

/** Whatever is kept needs everything that it is made of. */
function keepParents(judged: ReadonlyMap<string, Judged>, byId: ReadonlyMap<string, Kept>): void {
  for (const { backup, keep } of judged.values()) {
    if (keep.length === 0) continue
    const seen = new Set([backup.id])
    for (let id = backup.parent; id !== null && !seen.has(id); id = byId.get(id)?.parent ?? null) {
      seen.add(id)
      const parent = judged.get(id)
      if (parent && parent.keep.length === 0) parent.keep.push(`${backup.id} needs it`)
    }
  }
}

function inOrderOfRemoval(going: readonly Judged[]): Judged[] {
  const order = new Set<Judged>()
  const place = (one: Judged, above: readonly Judged[]) => {
    if (order.has(one) || above.includes(one)) return
    for (const other of going) if (other.backup.parent === one.backup.id) place(other, [...above, one])
    order.add(one)
  }
  for (const one of [...going].reverse()) place(one, [])
  return [...order]
}
