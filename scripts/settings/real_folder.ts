import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/**
 * Where a folder really is: the same folder by two names would look like two to locks, to the engine and to whoever
 * compares. A link that leads nowhere stays what it is; who uses it says so.
 */
export function realFolder(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return isLink(path) || dirname(path) === path ? path : join(realFolder(dirname(path)), basename(path))
  }
}
