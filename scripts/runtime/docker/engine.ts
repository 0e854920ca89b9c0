import { ToolkitError } from '../../errors.ts'
import { howToInstall } from '../install_hint.ts'
import { type Output, type ProcessOptions, runProcess } from '../process.ts'

/** docker, or what takes its place: `DOCKER=podman`. */
export const engineProgram = (): string => process.env.DOCKER || 'docker'

/** On every container, so that all of ours can be found and removed. */
export const label = 'com.timescaledb-toolkit'

/**
 * Runs the engine's command line.
 * @throws ToolkitError prerequisite where there is no engine or it does not answer us.
 */
export async function engine(args: readonly string[], options: ProcessOptions = {}): Promise<Output> {
  const program = engineProgram()
  try {
    const output = await runProcess([program, ...args], options)
    if (output.code !== 0) refuseUnreachable(program, output.stderr)
    return output
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ToolkitError('prerequisite', {
      what: `There is no program “${program}” on this machine.`,
      hint: `Install Docker Engine or Docker Desktop (https://docs.docker.com/get-docker/), or set DOCKER=podman. Here:\n${howToInstall('docker')}`,
      cause: error,
    })
  }
}

/** The same for calls that have no business failing. */
export async function engineOk(args: readonly string[], options: ProcessOptions = {}): Promise<string> {
  const output = await engine(args, options)
  if (output.code === 0) return output.stdout
  throw new ToolkitError('failed', { what: `${engineProgram()} ${args[0]} failed.`, why: output.stderr })
}

const orWithout = 'Or do without an engine: RUNTIME=local uses the PostgreSQL of this machine.'

function refuseUnreachable(program: string, stderr: string): void {
  const why = stderr.split('\n')[0]
  if (/permission denied.*sock|sock.*permission denied/is.test(stderr)) {
    throw new ToolkitError('prerequisite', {
      what: `You may not use ${program}.`,
      why,
      hint: `Add yourself to its group and log in again: sudo usermod -aG docker "$USER"\n${orWithout}`,
    })
  }
  if (
    /cannot connect to the docker daemon|is the docker daemon running|sock.*connection refused/i.test(stderr)
  ) {
    throw new ToolkitError('prerequisite', {
      what: `${program} is installed, but its engine does not answer.`,
      why,
      hint: `Start it: open Docker Desktop, or sudo systemctl start docker\n${orWithout}`,
    })
  }
}
