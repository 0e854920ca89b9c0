import { exitCodes } from '../errors.ts'
import { flagName } from './arguments.ts'
import { defaultText } from './help.ts'
import { type OptionName, optionNames, optionOf } from './options.ts'

const settingNames = optionNames.filter(name => optionOf(name).kind === 'setting')
const answerNames = optionNames.filter(name => optionOf(name).kind === 'answer')
const groups = [...new Set(settingNames.map(name => optionOf(name).group))]

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const tableRow = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`

function optionRows(names: readonly OptionName[]): string {
  const rows = names.map(name => {
    const option = optionOf(name)
    const variables = [option.env, ...option.aliases, ...(option.secret ? [`${option.env}_FILE`] : [])]
    return tableRow([
      variables.map(v => `\`${v}\``).join(' '),
      `\`${flagName(name)}\``,
      option.type.label,
      defaultText(name) ?? '',
      option.summary,
    ])
  })
  return ['| name | flag | accepts | default | |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** docs/reference/configuration.md */
export const configurationPage = (): string =>
  `# Configuration

Generated from \`scripts/settings/options.ts\` by \`make docs\`.

A **setting** comes from its flag, else the environment, else \`db/.env\`, else its default; \`make config\` shows each
value and where it comes from. Any secret \`X\` may be given as \`X_FILE\`, the name of a file that holds it; both is an
error. An **answer** belongs to one run: it counts from the make line or a flag, never from the environment.
Relative paths begin at \`db/\`, those of flags at the current folder. In a value on the make line write \`$$\` for \`$\`.

${groups.map(group => `## ${group}\n\n${optionRows(settingNames.filter(n => optionOf(n).group === group))}`).join('\n\n')}

## Answers

${optionRows(answerNames)}

## Environment only

| name | |
|---|---|
| \`DOCKER\` | The engine’s program: \`docker\`, or \`podman\`. |
| \`TOOLKIT_HOME\` | Another folder in the place of \`db/\`: its \`.env\`, its data, its backups. For a second cluster beside the first. |
| \`NO_COLOR\` | No colours at a terminal. |
`

/** docs/reference/exit-codes.md */
export const exitCodesPage = (): string =>
  `# Exit codes

Generated from \`scripts/errors.ts\` by \`make docs\`. \`make\` itself answers 2 for any failed recipe, so cron jobs and
monitoring call the scripts directly: \`node --import tsx scripts/save.ts\`.

| code | meaning |
|---|---|
${Object.values(exitCodes)
  .map(({ code, meaning }) => tableRow([String(code), meaning]))
  .join('\n')}
`

const comment = (text: string): string => `# ${text}`

/** db/.env.example: every setting with its default, commented out. */
export const dotenvExample = (): string =>
  [
    comment(
      'Copy to db/.env (make start makes one by itself). Secrets live here: keep it 0600, and keep a copy of it',
    ),
    comment('somewhere else, for without the password a restored cluster does not let you in.'),
    comment('Generated from scripts/settings/options.ts by make docs.'),
    ...groups.flatMap(group => [
      '',
      `# ── ${group} ${'─'.repeat(Math.max(0, 60 - group.length))}`,
      ...settingNames
        .filter(name => optionOf(name).group === group)
        .flatMap(name => {
          const option = optionOf(name)
          const value =
            option.secret || /[ ,]/.test(defaultText(name) ?? ' ') ? '' : (defaultText(name) ?? '')
          const words = option.defaultText && value === '' ? ` Default: ${option.defaultText}.` : ''
          return [comment(`${option.summary}${words}`), `#${option.env}=${value}`]
        }),
    ]),
    '',
  ].join('\n')
