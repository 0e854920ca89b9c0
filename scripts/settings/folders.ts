import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const projectFolder = join(import.meta.dirname, '..', '..', 'db')

/**
 * The folder that .env is read from and that relative settings begin at: db/, or what TOOLKIT_HOME names, for a
 * second cluster beside the first.
 */
export const baseFolder = process.env.TOOLKIT_HOME ? resolve(process.env.TOOLKIT_HOME) : projectFolder

/** A folder, or a file, that comes with the project, unless the base folder has one of its own. */
export function assetFolder(name: string): string {
  const own = join(baseFolder, name)
  return existsSync(own) ? own : join(projectFolder, name)
}
