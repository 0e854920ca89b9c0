import { dirname, join } from 'node:path'

const beside = (dataDir: string, name: string): string =>
  dataDir.endsWith('/mnt/db/postgres') ? join(dirname(dataDir), name) : `${dataDir}-${name}`

/**
 * Folders of one cluster on this machine. They change their owner and mode, so beside a data directory of the user's
 * choice they bear its name: DATA_DIR=/var/postgres must not mean /var/log.
 */
export const clusterFolders = (dataDir: string) => ({
  data: dataDir,
  log: beside(dataDir, 'log'),
  run: beside(dataDir, 'run'),
  tablespaces: `${dataDir}-tablespaces`,
})
