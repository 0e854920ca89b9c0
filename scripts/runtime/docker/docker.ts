import { ToolkitError } from '../../errors.ts'
import type { Runtime } from '../runtime.ts'
import { engine, engineProgram } from './engine.ts'
import { dockerImages } from './images.ts'
import { dockerPrograms } from './programs.ts'
import { dockerServer } from './server.ts'
import { dockerTheirs } from './theirs.ts'

/** PostgreSQL and its programs in containers, by the engine's command line. */
export const dockerRuntime: Runtime = {
  kind: 'docker',
  async check(signal) {
    const [server, system] = await Promise.all([
      engine(['version', '--format', '{{.Server.Version}}'], { signal }),
      // podman has no such field, and is never Docker Desktop.
      engine(['info', '--format', '{{.OperatingSystem}}'], { signal }),
    ])
    if (server.code !== 0 || server.stdout === '') {
      throw new ToolkitError('prerequisite', {
        what: `${engineProgram()} does not answer.`,
        why: server.stderr,
        hint: 'Start it: open Docker Desktop, or sudo systemctl start docker',
      })
    }
    return { engine: engineProgram(), version: server.stdout, desktop: /docker desktop/i.test(system.stdout) }
  },
  // In a container everything is reached as root first.
  provideAccess: async () => {},
  ...dockerPrograms,
  theirs: dockerTheirs,
  images: dockerImages,
  server: dockerServer,
}
