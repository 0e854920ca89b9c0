import { readFile } from 'node:fs/promises'
import { ToolkitError } from '../../errors.ts'
import type { CheckSettings } from '../assess.ts'
import { type Check, type Severity, severities } from '../checks/check.ts'
import { type Discretion, sensitiveNames } from '../values.ts'
import { checkSettingsOf } from './checks.ts'
import { bytesOf, didYouMean, entriesOf, flagOf, type Problems, problems, show, textsOf } from './value.ts'

/** What explore.yaml says; what it does not mention is as without it. */
export type ExploreConfig = {
  checks: CheckSettings
  /** Bytes of memory of the server’s machine. */
  memoryBytes: number | undefined
  /** Findings of this severity, or worse, give exit 9. */
  failOn: Severity | undefined
  discretion: Discretion
  excludeSchemas: string[]
}

export const defaultConfig = (): ExploreConfig => ({
  checks: {},
  memoryBytes: undefined,
  failOn: undefined,
  discretion: { hideAll: false, sensitive: sensitiveNames },
  excludeSchemas: [],
})

/**
 * Reads explore.yaml, which may be JSON as well; without a path, the defaults.
 * @throws ToolkitError usage: there is none, it is not YAML, or it says what nobody understands; all of it at once
 */
export async function readExploreConfig(
  path: string | undefined,
  checks: readonly Check[],
): Promise<ExploreConfig> {
  if (path === undefined) return defaultConfig()
  const value = await parse(await contentOf(path), path)
  const found = problems()
  const config = configOf(value, checks, found)
  if (found.list.length > 0)
    throw new ToolkitError('usage', {
      what: `The configuration ${path} cannot be used.`,
      why: found.list.join('\n'),
      hint: 'docs/reference/checks.md has every check with its number, its name and its thresholds.',
    })
  return config
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR')
      throw new ToolkitError('usage', {
        what: `There is no configuration at ${path}.`,
        why: message,
        hint: 'Name a file (CONFIG=config/explore.yaml), or none: everything in it has a default.',
      })
    throw error
  }
}

/** Loaded where it is used: few runs have anything to read. */
async function parse(content: string, path: string): Promise<unknown> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(content)
  try {
    const [error] = [...document.errors, ...document.warnings]
    if (error) throw error
    // Maps, so that no key can be one of JavaScript’s own.
    return document.toJS({ mapAsMap: true })
  } catch (error) {
    throw new ToolkitError('usage', {
      what: `The configuration ${path} is not YAML.`,
      why: error instanceof Error ? error.message : undefined,
      hint: 'Indent with spaces, never with tabs, and put a space behind each colon.',
      cause: error,
    })
  }
}

type Key = (config: ExploreConfig, value: unknown, found: Problems, checks: readonly Check[]) => void

const keys: Record<string, Key> = {
  checks: (config, value, found, checks) => {
    config.checks = checkSettingsOf(value, checks, found)
  },
  memory: (config, value, found) => {
    const bytes = bytesOf(value)
    if (bytes !== undefined && bytes >= 1024 ** 2) config.memoryBytes = bytes
    else found.add('memory', `must be a size of at least 1MB, as 16GB, not ${show(value)}`)
  },
  fail_on: (config, value, found) => {
    const severity = severities.find(one => one === value)
    if (severity !== undefined) config.failOn = severity
    else
      found.add(
        'fail_on',
        `must be ${severities.join(', ')}, not ${show(value)}${didYouMean(String(value), severities)}`,
      )
  },
  hide_values: (config, value, found) => {
    config.discretion = { ...config.discretion, hideAll: flagOf(value, 'hide_values', found) }
  },
  sensitive: (config, value, found) => {
    const own = textsOf(value, 'sensitive', found).map(patternOf)
    config.discretion = { ...config.discretion, sensitive: [...config.discretion.sensitive, ...own] }
  },
  exclude_schemas: (config, value, found) => {
    config.excludeSchemas = textsOf(value, 'exclude_schemas', found)
  },
}

function configOf(value: unknown, checks: readonly Check[], found: Problems): ExploreConfig {
  const config = defaultConfig()
  const entries = entriesOf(value)
  if (entries === undefined) found.add('', `it must have lines as “memory: 16GB”, and is ${show(value)}`)
  for (const [key, one] of entries ?? []) {
    const read = Object.hasOwn(keys, key) ? keys[key] : undefined
    if (read === undefined) found.add(key, `there is no such setting${didYouMean(key, Object.keys(keys))}`)
    // Nothing behind the colon: as if it were not there.
    else if (one !== null) read(config, one, found, checks)
  }
  return config
}

/** A column’s name, whole, in which `*` stands for anything. */
const patternOf = (name: string): RegExp =>
  new RegExp(
    `^${name
      .split(/\*+/)
      .map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
    'is',
  )
