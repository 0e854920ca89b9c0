import { ToolkitError } from '../../errors.ts'
import { attach } from '../process.ts'
import type { Runtime, ServerName, ServerStatus } from '../runtime.ts'
import { serverArguments } from './arguments.ts'
import { containers } from './containers.ts'
import { engine, engineOk, engineProgram, label } from './engine.ts'
import { engineTraits, securityArguments } from './traits.ts'

/** Seconds that a fast shutdown may take before the engine kills the server; its own default of 10 is too short. */
const stopSeconds = 120

type Inspected = {
  Id: string
  Image: string
  State: { Running: boolean; StartedAt: string; ExitCode: number }
  Config: { Image: string; Labels: Record<string, string> | null }
}

async function status({ container }: ServerName, signal?: AbortSignal): Promise<ServerStatus> {
  const output = await engine(['container', 'inspect', container], { signal })
  if (output.code !== 0) return { state: 'absent', ours: true, place: 'image' }
  const [found] = JSON.parse(output.stdout) as [Inspected]
  const labels = found.Config.Labels ?? {}
  return {
    state: found.State.Running ? 'running' : 'stopped',
    id: found.Id,
    startedAt: new Date(found.State.StartedAt),
    image: found.Config.Image,
    imageId: found.Image,
    dataDir: labels[`${label}.data-dir`] ?? '',
    port: Number(labels[`${label}.port`] ?? 0),
    network: labels[`${label}.network`] === 'bridge' ? 'bridge' : 'host',
    exitCode: found.State.ExitCode,
    ours: labels[`${label}.role`] === 'database',
    place: 'image',
  }
}

export const dockerServer: Runtime['server'] = {
  status,
  async using(dataDir, signal) {
    const servers = await containers([`label=${label}.role=database`], { signal })
    return servers
      .filter(({ Config }) => Config.Labels?.[`${label}.data-dir`] === dataDir)
      .map(({ Name }) => Name.replace(/^\//, ''))
  },
  async start(plan, signal) {
    const output = await engine(serverArguments(plan, securityArguments(engineTraits())), { signal })
    if (output.code === 0) return
    const why = output.stderr.split('\n')[0]
    // That container is not the one that we tried to make: whoever made it meanwhile keeps it.
    if (/name .* is already in use/i.test(output.stderr)) {
      throw new ToolkitError('prerequisite', {
        what: `A container called ${plan.container} has appeared meanwhile.`,
        why,
        hint: 'make status tells what it is. Try again.',
      })
    }
    await engine(['rm', '--force', '--volumes', plan.container])
    if (/port is already allocated|address already in use/i.test(output.stderr)) {
      throw new ToolkitError('prerequisite', {
        what: `Port ${plan.port} is taken.`,
        why,
        hint: `Choose another one: make start PGPORT=${plan.port + 1} (and write it into db/.env).`,
      })
    }
    throw new ToolkitError('failed', { what: `The container ${plan.container} could not be started.`, why })
  },
  async stop({ container }) {
    await engineOk(['stop', '--time', String(stopSeconds), container])
  },
  async remove({ container }) {
    await engineOk(['rm', '--force', '--volumes', container])
  },
  exec({ container }, argv, options = {}) {
    const input = options.input === undefined ? [] : ['--interactive']
    return engine(['exec', ...input, '--user', 'postgres', container, ...argv], options)
  },
  interactive({ container }, argv) {
    const terminal = process.stdin.isTTY ? ['--interactive', '--tty'] : ['--interactive']
    return attach([engineProgram(), 'exec', ...terminal, '--user', 'postgres', container, ...argv])
  },
  async lastLogLines({ container }, lines) {
    // The engine may record what stderr said before many a line of stdout that came first: of each its own last lines.
    const output = await engine(['logs', '--tail', String(lines * 10), container])
    const last = (text: string) => text.split('\n').slice(-lines).join('\n')
    return [last(output.stdout), last(output.stderr)].filter(Boolean).join('\n')
  },
}
