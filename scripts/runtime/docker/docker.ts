import { ToolkitError } from '../../errors.ts'
import type { Runtime } from '../runtime.ts'
import { engine, engineProgram } from './engine.ts'
import { dockerImages } from './images.ts'
import { dockerPrograms } from './programs.ts'
import { dockerServer } from './server.ts'

/** PostgreSQL and its programs in containers, by the engine's command line. */
export const dockerRuntime: Runtime = {
  kind: 'docker',
  async check(signal) {
    const output = await engine(['info', '--format', '{{.ServerVersion}}\t{{.OperatingSystem}}'], { signal })
    const [version = '', system = ''] = output.stdout.split('\t')
    if (output.code !== 0 || version === '') {
      throw new ToolkitError('prerequisite', {
        what: `${engineProgram()} does not answer.`,
        why: output.stderr,
        hint: 'Start it: open Docker Desktop, or sudo systemctl start docker',
      })
    }
    return { engine: engineProgram(), version, desktop: /docker desktop/i.test(system) }
  },
  ...dockerPrograms,
  images: dockerImages,
  server: dockerServer,
}
