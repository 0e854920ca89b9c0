import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { examineClock } from './doctor/clock.ts'
import { examineContainers, examineEngine, examineLabels, examineRuntime } from './doctor/engine.ts'
import { examined, type Finding } from './doctor/finding.ts'
import { examineBackups, examineData, examineDisks, examineOwners } from './doctor/folders.ts'
import { examineDigest, examineExtension, examineImage, examineVersions } from './doctor/image.ts'
import {
  examineLimits,
  examineLocale,
  examineNode,
  examinePackages,
  examineTools,
  examineUser,
} from './doctor/machine.ts'
import { examineDotenv, examinePasswords } from './doctor/passwords.ts'
import { type Patient, receive } from './doctor/patient.ts'
import { examineRegistry } from './doctor/registry.ts'
import { examineFormer, examineRemains } from './doctor/remains.ts'
import {
  examineChecksums,
  examineDatabase,
  examineNetwork,
  examinePort,
  examineReach,
} from './doctor/server.ts'
import { examineVariables } from './doctor/variables.ts'

type Look = (patient: Patient, signal: AbortSignal) => Finding | Finding[] | Promise<Finding | Finding[]>

/** Every check, in the order of the report. */
const checks: Record<string, Look> = {
  'Node.js': () => examineNode(),
  packages: () => examinePackages(),
  tools: examineTools,
  user: examineUser,
  locale: () => examineLocale(),
  limits: examineLimits,
  runtime: examineRuntime,
  engine: examineEngine,
  labels: examineLabels,
  containers: examineContainers,
  image: examineImage,
  digest: examineDigest,
  versions: examineVersions,
  extension: examineExtension,
  database: examineDatabase,
  checksums: examineChecksums,
  port: examinePort,
  network: examineNetwork,
  clock: examineClock,
  data: examineData,
  backups: examineBackups,
  disks: examineDisks,
  owners: examineOwners,
  remains: examineRemains,
  former: examineFormer,
  '.env': examineDotenv,
  passwords: examinePasswords,
  variables: patient => examineVariables(patient),
}

/** What takes a container, or leaves this machine: with --verbose only. */
const slowChecks: Record<string, Look> = { reach: examineReach, registry: examineRegistry }
const slowMilliseconds = 10_000

/** An image that nobody has asked yet tells about itself once, from a container. */
const patient = new Set(['image', 'digest', 'versions', 'extension', 'owners'])

/** Looks at everything that the everyday commands need, changes nothing, and says what to do where it is not there. */
export async function examine(runtime: Runtime, resolved: Resolved, context: Context): Promise<Finding[]> {
  const { signal } = context
  const subject = receive(runtime, resolved, context)
  const run = (all: Record<string, Look>, limit?: number) =>
    Object.entries(all).map(([check, look]) =>
      examined(check, signal, async s => look(subject, s), patient.has(check) ? slowMilliseconds : limit),
    )
  const slow = subject.verbose ? run(slowChecks, slowMilliseconds) : []
  const findings = (await Promise.all([...run(checks), ...slow])).flat()
  return withoutRepetition(findings)
}

/** Without an engine every check that asks it fails in the same way: once is enough. */
export function withoutRepetition(findings: Finding[]): Finding[] {
  const engine = findings.find(f => f.check === 'engine' && f.state === 'missing')
  if (engine === undefined) return findings
  const repeats = findings.filter(f => f.says.startsWith(`could not be looked at: ${engine.says}`))
  const rest = findings.filter(f => !repeats.includes(f))
  const checks = repeats.map(f => f.check).join(', ')
  if (checks === '') return rest
  const once: Finding = { check: 'not seen', state: 'note', says: `without an engine: ${checks}` }
  return rest.flatMap(f => (f === engine ? [f, once] : [f]))
}
