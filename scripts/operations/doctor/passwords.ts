import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { baseFolder } from '../../settings/folders.ts'
import { optionNames, optionOf } from '../../settings/options.ts'
import { shellWord } from '../../terminal/shell_words.ts'
import { type Finding, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** Files with passwords in them, which nobody else may read. */

const modeOf = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

export async function examineDotenv(): Promise<Finding> {
  const file = join(baseFolder, '.env')
  const found = await stat(file).catch(() => undefined)
  if (!found) return note('.env', 'none yet', 'make start makes one with a generated password.')
  return (found.mode & 0o077) !== 0
    ? note('.env', `others can read your passwords (${modeOf(found.mode)})`, `chmod 600 ${shellWord(file)}`)
    : ok('.env', `${file} (${modeOf(found.mode)})`)
}

/** .pgpass, and what PGPASSWORD_FILE and its like name in the environment or in db/.env. */
export async function examinePasswords({ settings }: Patient): Promise<Finding[]> {
  const passfile = settings.passfile ?? join(homedir(), '.pgpass')
  const named = [
    ...(settings.passfile ? [{ name: 'PGPASSFILE', file: passfile }] : [{ name: '', file: passfile }]),
    ...(await namedFiles()),
  ]
  const findings: Finding[] = []
  const seen: string[] = []
  for (const { name, file } of named) {
    const found = await stat(file).catch(() => undefined)
    if (found === undefined) {
      if (name)
        findings.push(
          note('passwords', `${name} names ${file}, which is not there`, 'Make it, or take that line away.'),
        )
      continue
    }
    if ((found.mode & 0o077) === 0) seen.push(`${file} (${modeOf(found.mode)})`)
    else
      findings.push(
        note('passwords', `others can read ${file} (${modeOf(found.mode)})`, `chmod 600 ${shellWord(file)}`),
      )
  }
  if (findings.length > 0) return findings
  return [ok('passwords', seen.join(', ') || 'no other files with passwords')]
}

async function namedFiles(): Promise<{ name: string; file: string }[]> {
  const { parse } = (await import('dotenv')).default
  const dotenv = parse(await readFile(join(baseFolder, '.env')).catch(() => Buffer.alloc(0)))
  const names = optionNames
    .map(optionOf)
    .filter(option => option.secret)
    .flatMap(({ env, aliases }) => [env, ...aliases].map(word => `${word}_FILE`))
  return names.flatMap(name => {
    const file = process.env[name] || dotenv[name]
    return file ? [{ name, file }] : []
  })
}
