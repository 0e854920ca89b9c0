import { listBackups } from '../../catalog/catalog.ts'
import { runProcess } from '../../runtime/process.ts'
import { formatDuration } from '../../terminal/format.ts'
import { type Finding, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** Backups are found by their time, so clocks matter. */

/** Seconds that nobody minds. */
const tolerated = 2

export async function examineClock(
  { settings, asked, engine: details }: Patient,
  signal: AbortSignal,
): Promise<Finding> {
  const [answers, engine, backups, synchronised] = await Promise.all([
    asked.catch(() => undefined),
    details.catch(() => undefined),
    listBackups(settings.backupsDir).catch(() => []),
    isSynchronised(signal),
  ])
  const now = new Date()
  const says = now.toISOString().slice(0, 19).concat('Z')
  const last = backups[0]?.at
  const mend = 'sudo timedatectl set-ntp true, and wait until it is right (timedatectl).'
  if (last && last > now)
    return note('clock', `${says} is before the last backup (${last.toISOString()}): it was set back`, mend)
  const others = [
    { who: 'the server', ahead: answers?.ahead },
    { who: 'the engine', ahead: engine?.time && (engine.time.getTime() - now.getTime()) / 1000 },
  ]
  const off = others.find(({ ahead }) => ahead !== undefined && Math.abs(ahead) > tolerated)
  if (off?.ahead !== undefined)
    return note(
      'clock',
      `${says}; ${off.who} is ${formatDuration(Math.abs(off.ahead))} ${off.ahead > 0 ? 'ahead' : 'behind'}`,
      'Set both clocks by NTP (timedatectl); with Docker Desktop restart it.',
    )
  if (synchronised === 'no') return note('clock', `${says}; not set by NTP`, mend)
  return ok(
    'clock',
    `${says}${synchronised === 'yes' ? ', set by NTP' : '; whether NTP sets it is not told here'}`,
  )
}

async function isSynchronised(signal: AbortSignal): Promise<'yes' | 'no' | undefined> {
  const argv = ['timedatectl', 'show', '--property=NTPSynchronized', '--value']
  const limit = AbortSignal.any([signal, AbortSignal.timeout(700)])
  const output = await runProcess(argv, { signal: limit }).catch(() => undefined)
  const word = output?.code === 0 ? output.stdout.trim() : ''
  return word === 'yes' || word === 'no' ? word : undefined
}
