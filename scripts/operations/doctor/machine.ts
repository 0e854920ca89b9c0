import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { inToolsImage } from '../../runtime/runner.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** Node.js, the packages, programs, and who and where we are. */

const root = join(import.meta.dirname, '..', '..', '..')

export function examineNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const where = inToolsImage() ? ' in the tools image (RUNNER=docker)' : ''
  if (major > 20 || (major === 20 && minor >= 19)) return ok('Node.js', `v${version}${where}`)
  return missing('Node.js', `v${version}`, 'Install version 20.19 or newer: https://nodejs.org/en/download')
}

/** As a package of somebody else's project there is no lock file of ours. */
export function examinePackages(folder = root): Finding {
  if (inToolsImage()) return ok('packages', 'those of the tools image')
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(name =>
    statSync(join(folder, name), { throwIfNoEntry: false }),
  )
  if (wanted === undefined) return ok('packages', 'installed with the package')
  if (installed === undefined || installed.mtimeMs < wanted.mtimeMs)
    return note('packages', 'package-lock.json is newer than what is installed', 'make setup (or npm ci)')
  return ok('packages', 'as in package-lock.json')
}

const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some(folder => folder && existsSync(join(folder, program)))

/** In containers the image has them; a program of this machine has to be on the PATH. */
export function examineTools({ runtime }: Patient): Finding {
  const wanted = ['tar', 'gzip', 'zstd', 'lz4']
  const absent = wanted.filter(program => !isOnPath(program))
  if (runtime.kind === 'docker') {
    // What this machine has cannot be seen from the tools image.
    const make = inToolsImage() ? '' : isOnPath('make') ? 'make; ' : 'no make; '
    return ok('tools', `${make}tar, gzip, zstd and lz4 are the image’s own`)
  }
  if (absent.length === 0) return ok('tools', wanted.join(', '))
  return note(
    'tools',
    `not here: ${absent.join(', ')}`,
    `What is compressed so cannot be restored: sudo apt-get install ${absent.join(' ')}`,
  )
}

export function examineUser(): Finding {
  const { username, uid, gid } = userInfo()
  return ok('user', `${username}, uid ${uid}, gid ${gid}`)
}

export function examineLocale(env: NodeJS.ProcessEnv = process.env): Finding {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'C'
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const says = `locale ${locale}, time zone ${env.TZ || zone}; backups are named in UTC`
  return /utf-?8$/i.test(locale)
    ? ok('locale', says)
    : note('locale', says, 'Words with accents are shown right with LANG=C.UTF-8.')
}

/** How many files a program may open, and whether the kernel promises more memory than there is. */
export async function examineLimits(): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => undefined)
  if (limits === undefined) return note('limits', 'cannot be read on this system')
  const open = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown'
  const overcommit = (await readFile('/proc/sys/vm/overcommit_memory', 'utf8').catch(() => '')).trim()
  const says = `${open} open files, vm.overcommit_memory ${overcommit || 'unknown'}`
  if (Number(open) < 1024) return note('limits', says, 'A restore opens many files: ulimit -n 1024')
  if (overcommit === '2')
    return note(
      'limits',
      says,
      'With 2 the server gets no more memory than there is: see vm.overcommit_ratio when it cannot start.',
    )
  return ok('limits', says)
}
