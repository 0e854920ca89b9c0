import { ToolkitError } from '../../errors.ts'
import { howToInstall } from '../install_hint.ts'
import type { Runtime } from '../runtime.ts'
import { describeInstallation, installations } from './installations.ts'
import { localPrograms } from './programs.ts'
import { localServer } from './server.ts'
import { provideAccess } from './user.ts'

/** Which PostgreSQL of this machine: the folder that PG_BIN names, else every one that is found. */
async function candidates(pgBin: string | undefined): Promise<string[]> {
  if (pgBin === undefined) return installations()
  if (await describeInstallation(pgBin)) return [pgBin]
  throw new ToolkitError('prerequisite', {
    what: `PG_BIN names ${pgBin}, and PostgreSQL’s programs are not there.`,
    hint: 'It is the folder that pg_basebackup lies in: pg_config --bindir tells it.',
  })
}

/** PostgreSQL and its programs as they are installed on this machine. */
export const localRuntime = (pgBin?: string): Runtime => ({
  kind: 'local',
  async check() {
    const [newest] = await candidates(pgBin)
    const facts = newest === undefined ? undefined : await describeInstallation(newest)
    if (facts) return { engine: 'PostgreSQL', version: `${facts.version} (${facts.image})`, desktop: false }
    throw new ToolkitError('prerequisite', {
      what: 'There is no PostgreSQL on this machine.',
      hint: `Install it:\n${howToInstall('postgresql')}\nOr Docker, in whose place it would be used:\n${howToInstall('docker')}\nmake setup does it after asking. PG_BIN names a folder that we have not looked into.`,
    })
  },
  provideAccess,
  ...localPrograms,
  images: {
    find: async image => (image.startsWith('/') ? describeInstallation(image) : undefined),
    async installed() {
      return (await Promise.all((await candidates(pgBin)).map(describeInstallation))).filter(
        i => i !== undefined,
      )
    },
    pull: async () => ({ ok: false, why: 'PostgreSQL of this machine is used.' }),
    build: async () => ({ code: 1, stdout: '', stderr: 'PostgreSQL of this machine is used.' }),
  },
  server: localServer,
})
