import { ToolkitError } from '../../errors.ts'
import { howToInstall } from '../install_hint.ts'
import type { Runtime } from '../runtime.ts'
import { allInstallations, describeInstallation, installations, oldestMajor } from './installations.ts'
import { localPrograms } from './programs.ts'
import { localServer } from './server.ts'
import { provideAccess } from './user.ts'

export type LocalWish = {
  /** The folder that PG_BIN names. */
  pgBin?: string | undefined
  /** Nobody asked for it: there is no engine. */
  forWantOfAnEngine?: boolean
}

/** Which PostgreSQL of this machine: the folder that PG_BIN names, else every one that is found. */
async function candidates(pgBin: string | undefined): Promise<string[]> {
  if (pgBin === undefined) return installations()
  const facts = await describeInstallation(pgBin)
  if (facts && facts.major >= oldestMajor) return [pgBin]
  throw new ToolkitError('prerequisite', {
    what: facts
      ? `PG_BIN names PostgreSQL ${facts.version}, which is too old: the toolkit needs ${oldestMajor} or newer.`
      : `PG_BIN names ${pgBin}, and PostgreSQL’s programs are not there.`,
    hint: 'It is the folder that pg_basebackup lies in: pg_config --bindir tells it.',
  })
}

async function nothingHere(forWantOfAnEngine: boolean): Promise<ToolkitError> {
  const old = (await allInstallations()).map(({ folder, major }) => `PostgreSQL ${major} in ${folder}`)
  return new ToolkitError('prerequisite', {
    what: forWantOfAnEngine
      ? 'There is neither a container engine nor PostgreSQL on this machine; the toolkit needs one of them.'
      : 'There is no PostgreSQL on this machine.',
    why: old.length > 0 ? `${old.join(', ')} is too old: ${oldestMajor} or newer is needed.` : undefined,
    hint: [
      'make setup installs it after asking. By hand:',
      howToInstall('postgresql'),
      ...(forWantOfAnEngine ? ['or Docker:', howToInstall('docker')] : []),
      'Where it is in an unusual place, PG_BIN names its folder (pg_config --bindir tells it).',
    ].join('\n'),
  })
}

/** PostgreSQL and its programs as they are installed on this machine. */
export const localRuntime = ({ pgBin, forWantOfAnEngine = false }: LocalWish = {}): Runtime => ({
  kind: 'local',
  async check() {
    const [newest] = await candidates(pgBin)
    const facts = newest === undefined ? undefined : await describeInstallation(newest)
    if (facts) return { engine: 'PostgreSQL', version: `${facts.version} (${facts.image})`, desktop: false }
    throw await nothingHere(forWantOfAnEngine)
  },
  provideAccess,
  ...localPrograms,
  images: {
    find: async image => (image.startsWith('/') ? describeInstallation(image) : undefined),
    async installed() {
      const described = await Promise.all((await candidates(pgBin)).map(describeInstallation))
      return described.filter(facts => facts !== undefined)
    },
    pull: async () => ({ ok: false, why: 'PostgreSQL of this machine is used.' }),
    build: async () => ({ code: 1, stdout: '', stderr: 'PostgreSQL of this machine is used.' }),
  },
  server: localServer,
})
