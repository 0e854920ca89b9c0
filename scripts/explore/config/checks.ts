import { nearest } from '../../settings/arguments.ts'
import type { CheckSettings } from '../assess.ts'
import type { Check, Threshold } from '../checks/check.ts'
import { bytesOf, didYouMean, entriesOf, type Problems, show } from './value.ts'

/** `checks:` of explore.yaml → what the checks get, by number. */
export function checkSettingsOf(value: unknown, checks: readonly Check[], found: Problems): CheckSettings {
  const entries = entriesOf(value)
  if (entries === undefined) {
    found.add('checks', `must say something of each check by its number or name, not ${show(value)}`)
    return {}
  }
  const settings: Record<string, CheckSettings[string]> = {}
  for (const [key, one] of entries) {
    const where = `checks.${key}`
    const check = checkOf(key, checks)
    if (check === undefined) {
      found.add(where, `there is no such check${nearestCheck(key, checks)}`)
    } else if (Object.hasOwn(settings, check.number)) {
      found.add(where, `check ${check.number} (${check.name}) is named twice`)
    } else {
      const setting = settingOf(one, check, where, found)
      if (setting !== undefined) settings[check.number] = setting
    }
  }
  return settings
}

function nearestCheck(key: string, checks: readonly Check[]): string {
  const typed = /^\d{1,4}$/.test(key) ? key.padStart(4, '0') : key
  const near = nearest(
    typed,
    checks.flatMap(({ number, name }) => [number, name]),
  )
  const check = near === undefined ? undefined : checkOf(near, checks)
  return check === undefined ? '' : `; did you mean ${check.number} (${check.name})?`
}

/** YAML takes 0201 without quotes for the number 201. */
const checkOf = (key: string, checks: readonly Check[]): Check | undefined => {
  const number = /^\d{1,4}$/.test(key) ? key.padStart(4, '0') : undefined
  return checks.find(check => check.number === number || check.name === key)
}

/** YAML 1.2 knows only true and false; people write off and on. */
const words: Record<string, boolean> = {
  off: false,
  no: false,
  false: false,
  on: true,
  yes: true,
  true: true,
}

function settingOf(
  value: unknown,
  check: Check,
  where: string,
  found: Problems,
): CheckSettings[string] | undefined {
  const word = words[String(value).toLowerCase()]
  if (word !== undefined && !(value instanceof Map)) return word ? undefined : false
  const entries = entriesOf(value)
  if (entries === undefined) {
    found.add(where, `must be off, on, or thresholds, not ${show(value)}`)
    return undefined
  }
  const limits: Record<string, number> = {}
  for (const [name, one] of entries) {
    const limit = limitOf(name, one, check, `${where}.${name}`, found)
    if (limit !== undefined) limits[name] = limit
  }
  return Object.keys(limits).length > 0 ? limits : undefined
}

function limitOf(
  name: string,
  value: unknown,
  check: Check,
  where: string,
  found: Problems,
): number | undefined {
  const thresholds: Record<string, Threshold> = check.thresholds ?? {}
  const known = Object.keys(thresholds)
  const threshold = Object.hasOwn(thresholds, name) ? thresholds[name] : undefined
  if (threshold === undefined) {
    const which = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
    found.add(where, `check ${check.number} has no such threshold (${which})${didYouMean(name, known)}`)
    return undefined
  }
  const limit = threshold.unit === 'bytes' ? bytesOf(value) : value
  const most = threshold.unit === '%' ? 100 : Number.MAX_SAFE_INTEGER
  if (typeof limit === 'number' && limit >= 0 && limit <= most) return limit
  const wanted = threshold.unit === '%' ? 'a number from 0 to 100' : 'a number, 0 or more'
  const form = threshold.unit === 'bytes' ? 'a size as 10MB or 2GB' : `${wanted} (${threshold.unit})`
  found.add(where, `must be ${form}, not ${show(value)}`)
  return undefined
}
