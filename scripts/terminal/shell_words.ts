/** Words of a command line that a person is told to type. */

/** As a shell reads it back, whatever is in it. */
export const shellWord = (value: string): string =>
  /^[\w%+=:,./@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`

/**
 * `NAME=value` for the make line. make takes a dollar sign for the beginning of a variable and drops spaces before the
 * value, except behind something: `$()` is the variable without a name, and nothing.
 */
export const makeWord = (name: string, value: string): string =>
  `${name}=${shellWord(value.replaceAll('$', '$$$$').replace(/^\s/, '$()$&'))}`
