import { spawnSync } from 'node:child_process'
import { engineProgram } from './engine.ts'

/** What an engine may have about it that a container's arguments depend on. */
export type Traits = {
  /** It runs as the caller, in a user namespace: root in its containers is the caller, on this machine. */
  rootless: boolean
  /** SELinux separates its containers from the files of this machine. */
  selinux: boolean
}

/** docker knows the first field, also when it talks to podman; podman the second. */
const questions = [
  '{{.SecurityOptions}}',
  'name=rootless:{{.Host.Security.Rootless}} name=selinux:{{.Host.Security.SELinuxEnabled}}',
]

/** `[name=seccomp,profile=default name=rootless]`, or `name=rootless:true name=selinux:false` */
export const parseTraits = (answer: string): Traits => ({
  rootless: /\bname=rootless(?!:false)/.test(answer),
  selinux: /\bname=selinux(?!:false)/.test(answer),
})

let known: Traits | undefined

/** Asked once. An engine that does not answer is reported by whoever needs it. */
export function engineTraits(): Traits {
  for (const question of questions) {
    if (known) break
    const options = { encoding: 'utf8', timeout: 20_000 } as const
    const { status, stdout } = spawnSync(engineProgram(), ['info', '--format', question], options)
    if (status === 0) known = parseTraits(stdout)
  }
  return known ?? { rootless: false, selinux: false }
}

/**
 * No labels for our containers: those of the files here stay as they are. Relabelling (`:z`) would change them for
 * everything else on this machine, a home folder or a certificate included, and `--mount` of docker knows no such word.
 */
export const securityArguments = ({ selinux }: Pick<Traits, 'selinux'>): string[] =>
  selinux ? ['--security-opt', 'label=disable'] : []
