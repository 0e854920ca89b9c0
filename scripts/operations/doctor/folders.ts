import { access, constants, stat, statfs } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { listBackups } from '../../catalog/catalog.ts'
import { formatBytes } from '../../terminal/format.ts'
import { shellWord } from '../../terminal/shell_words.ts'
import { concernOf, findMount } from './filesystem.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** Where the data and the backups are: may they be written, what are they on, whose are they, is there room. */

/** The nearest folder that exists: the rest is made when it is needed. */
async function nearest(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  return found || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

const few = { bytes: 1 << 30, share: 0.02 }

async function examinePlace(check: 'data' | 'backups', folder: string, needed: number): Promise<Finding[]> {
  const place = await nearest(folder)
  const [mount, { bavail, bsize, files, ffree }] = await Promise.all([findMount(place), statfs(place)])
  const free = bavail * bsize
  const on = mount
    ? `${mount.type}${mount.point === folder ? ', a disk of its own' : ''}`
    : 'its kind is not told here'
  const says = `${folder} (${on}), ${formatBytes(free)} free`
  const writable = await access(place, constants.W_OK).then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (mount?.readOnly)
    return [
      missing(
        check,
        `${says}; mounted read-only`,
        `sudo mount -o remount,rw ${shellWord(mount.point)} (dmesg says whether the disk is failing)`,
      ),
    ]
  if (writable !== undefined)
    return [missing(check, writable, `Check who owns ${place} (ls -ld), or name another folder.`)]
  const concern = mount && concernOf(mount.type, check)
  const notes: Finding[] = []
  if (concern)
    notes.push(
      note(
        check,
        `${says}; ${concern}`,
        `Name another folder: ${check === 'data' ? 'DATA_DIR' : 'BACKUPS_DIR'}=… in db/.env`,
      ),
    )
  if (free < Math.max(few.bytes, needed))
    notes.push(
      note(
        check,
        `${says}; that is little${needed > few.bytes ? `: the last backup took ${formatBytes(needed)}` : ''}`,
        'make list and make delete, make discard-former, or another disk.',
      ),
    )
  if (files > 0 && ffree / files < few.share)
    notes.push(
      note(
        check,
        `${folder}: only ${ffree} of ${files} inodes are free`,
        'A cluster has many files: delete small ones, or use another disk.',
      ),
    )
  return notes.length > 0 ? notes : [ok(check, says)]
}

export const examineData = ({ settings }: Patient): Promise<Finding[]> =>
  examinePlace('data', settings.dataDir, 0)

export async function examineBackups({ settings }: Patient): Promise<Finding[]> {
  const backups = await listBackups(settings.backupsDir).catch(() => [])
  return examinePlace('backups', settings.backupsDir, backups[0]?.bytes ?? 0)
}

/** A backup on the disk of the data goes with it. */
export async function examineDisks({ settings }: Patient): Promise<Finding> {
  const places = await Promise.all([settings.dataDir, settings.backupsDir].map(nearest))
  const [data, backups] = await Promise.all(places.map(place => stat(place)))
  return data?.dev === backups?.dev
    ? note(
        'disks',
        'the backups are on the same disk as the data: where that is lost, both are',
        'Copy them to another machine, or name another disk: BACKUPS_DIR=… in db/.env',
      )
    : ok('disks', 'the backups are on another disk than the data')
}

/** Who owns them, against who must. */
export async function examineOwners({ settings, image, runtime }: Patient): Promise<Finding[]> {
  const [data, backups, server] = await Promise.all([
    stat(settings.dataDir).catch(() => undefined),
    stat(settings.backupsDir).catch(() => undefined),
    image.catch(() => undefined),
  ])
  const { uid } = userInfo()
  const notes: Finding[] = []
  if (data && server && data.uid !== server.uid && data.uid !== uid)
    notes.push(
      note(
        'owners',
        `the data belongs to uid ${data.uid}, the server runs as ${server.uid}`,
        runtime.kind === 'docker'
          ? 'make start gives it to the server, where it is the right image.'
          : `sudo chown -R ${server.uid}:${server.gid} ${shellWord(settings.dataDir)}, where it is the right server.`,
      ),
    )
  if (backups && uid !== 0 && backups.uid !== uid)
    notes.push(
      note(
        'owners',
        `the backups belong to uid ${backups.uid}, you are ${uid}`,
        `sudo chown -R "$USER" ${shellWord(settings.backupsDir)}`,
      ),
    )
  if (backups && (backups.mode & 0o077) !== 0)
    notes.push(
      note(
        'owners',
        'others can look into the backups, which hold all of your data',
        `chmod 700 ${shellWord(settings.backupsDir)}`,
      ),
    )
  if (data && (data.mode & 0o027) !== 0)
    notes.push(
      note(
        'owners',
        'others can look into the data directory',
        `sudo chmod 700 ${shellWord(settings.dataDir)}`,
      ),
    )
  const whose = (found: typeof data) => (found ? `uid ${found.uid}` : 'nobody’s yet')
  return notes.length > 0 ? notes : [ok('owners', `data ${whose(data)}, backups ${whose(backups)}`)]
}
