import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The pages of the project, by their path from its root. */
export const root = join(import.meta.dirname, '..', '..')
export const readPage = (page: string): string => readFileSync(join(root, page), 'utf8')

const folders = ['.', 'docs', 'db', 'scripts', 'example-app'].filter(folder => existsSync(join(root, folder)))

export const pages = folders
  .flatMap(folder =>
    readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
      .filter(name => name.endsWith('.md') && !/^(mnt|backups)\/|(^|\/)node_modules\//.test(name))
      .map(name => join(folder, name)),
  )
  .sort()
