import { lookup } from 'node:dns/promises'
import { connect } from 'node:tls'
import { type Finding, note, ok } from './finding.ts'
import { nameOf, type Patient } from './patient.ts'

/** The registry that a name without one means. */
const hub = 'registry-1.docker.io'

/** `host/name` has a registry where its first part looks like a host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : hub
}

/** Leaves this machine, so it is made with --verbose only. */
export async function examineRegistry({ runtime, settings, sources, record }: Patient): Promise<Finding> {
  if (runtime.kind !== 'docker') return ok('registry', 'not needed')
  const registry = registryOf(await nameOf(settings, sources, record))
  const [host = '', port = '443'] = registry.split(':')
  const mend = 'Images that are here still work, and make start can build one from Debian’s packages.'
  const address = await lookup(host).catch(() => undefined)
  if (address === undefined) return note('registry', `the name ${host} is not known here (DNS)`, mend)
  const reached = await new Promise<boolean>(resolve => {
    const socket = connect({ host, port: Number(port), servername: host, timeout: 1500 })
    const end = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket
      .once('secureConnect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })
  return reached
    ? ok('registry', `${registry} can be reached`)
    : note('registry', `${registry} cannot be reached`, mend)
}
