import { readFile, realpath } from 'node:fs/promises'

export type Mount = { point: string; type: string; source: string; readOnly: boolean }

/** In mountinfo a space is \040. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
const plain = (field: string): string =>
  field.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))

/** The mount that a path lies on: the last of the longest that is above it. */
export function mountOf(mountinfo: string, path: string): Mount | undefined {
  let best: Mount | undefined
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , , point = '', options = ''] = before.split(' ').map(plain)
    const [type = '', source = '', superOptions = ''] = after.split(' ').map(plain)
    if (point === '' || !(path === point || path.startsWith(point === '/' ? '/' : `${point}/`))) continue
    const readOnly = [options, superOptions].some(text => text.split(',').includes('ro'))
    if (best === undefined || point.length >= best.point.length) best = { point, type, source, readOnly }
  }
  return best
}

/** Undefined where the system does not tell. */
export async function findMount(path: string): Promise<Mount | undefined> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined)
  return mountinfo === undefined ? undefined : mountOf(mountinfo, await realpath(path))
}

/** What should be known of a kind of file system before data is trusted to it. */
export function concernOf(type: string, use: 'data' | 'backups'): string | undefined {
  if (/^(tmpfs|ramfs)$/.test(type)) return 'it is memory: everything in it is gone when this machine restarts'
  if (/^(overlay|aufs)$/.test(type))
    return 'it is the inside of a container: everything in it goes with that container'
  if (use === 'backups') return undefined
  if (/^nfs/.test(type))
    return 'it is on another machine: mount it hard and sync, and let no second server open it'
  if (/^(cifs|smb|smb2|smb3|9p|fuse\.sshfs|vboxsf)$/.test(type))
    return 'it cannot keep owners and locks as PostgreSQL needs them: put the data on a disk of this machine'
  return undefined
}
