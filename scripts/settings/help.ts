import { exitCodes } from '../errors.ts'
import { commonFlags, flagName, isSwitch } from './arguments.ts'
import type { Command } from './command.ts'
import { type OptionName, optionOf } from './options.ts'
import { formatValue } from './value.ts'

const indent = '  '

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)))
  return rows
    .map(([left, right]) =>
      left.length > width
        ? `${indent}${left}\n${indent}${' '.repeat(width)}  ${right}`
        : `${indent}${left.padEnd(width)}  ${right}`,
    )
    .join('\n')
}

function optionRow(name: OptionName): readonly [string, string] {
  const option = optionOf(name)
  const value = isSwitch(name)
    ? ''
    : ` <${option.secret ? 'file' : option.type.label.length > 30 ? 'value' : option.type.label}>`
  const accepts = option.type.label.length > 30 ? ` ${option.type.label}.` : ''
  const fallback = defaultText(name)
  const env =
    option.kind === 'setting' ? ` [${[option.env, ...option.aliases].join(', ')}]` : ` [make: ${option.env}=]`
  return [
    `${flagName(name)}${value}`,
    `${option.summary}${accepts}${fallback ? ` Default: ${fallback}.` : ''}${env}`,
  ]
}

/** How an option's default reads; undefined where there is none. */
export function defaultText(name: OptionName): string | undefined {
  const option = optionOf(name)
  if (option.defaultText) return option.defaultText
  if (option.default === undefined || option.default === false || typeof option.default === 'function')
    return undefined
  return formatValue(option.default)
}

/** The text of `--help` for one command. */
export function commandHelp(script: string, title: string, command: Command): string {
  const answers = command.options.filter(name => optionOf(name).kind === 'answer')
  const settings = command.options.filter(name => optionOf(name).kind === 'setting')
  const word = [command.positional ?? []]
    .flat()
    .map(name => ` [<${optionOf(name).flag}>]`)
    .join('')
  const exits = [exitCodes.success, ...command.exits.map(kind => exitCodes[kind])].sort(
    (a, b) => a.code - b.code,
  )
  const sections = [
    `${command.summary}\n\nUsage: npx tsx scripts/${script}${title.slice(script.length)}${word} [flags]`,
    answers.length > 0 && `Answers of this run:\n${columns(answers.map(optionRow))}`,
    settings.length > 0 &&
      `Settings (flag > environment > db/.env > default):\n${columns(settings.map(optionRow))}`,
    `Always:\n${columns(Object.entries(commonFlags).map(([flag, summary]) => [`--${flag}`, summary] as const))}`,
    command.examples && `Examples (from db/):\n${columns(command.examples)}`,
    `Exit codes:\n${columns(exits.map(({ code, meaning }) => [String(code), meaning] as const))}`,
  ]
  return `${sections.filter(Boolean).join('\n\n')}\n`
}

/** The text of `--help` for a script with verbs. */
export const entryHelp = (script: string, summary: string, verbs: readonly Command[]): string =>
  `${summary}\n\nUsage: npx tsx scripts/${script} <verb> [flags]\n\n${columns(verbs.map(v => [v.name, v.summary] as const))}\n\n<verb> --help says more.\n`
