const short: Record<string, string> = { '-D': 'data_directory', '-p': 'port', '-h': 'listen_addresses' }

/** The settings of a server's command line: `-D x`, `-Dx`, `--pgdata=x`, `-c name=x`, `--name=x`; the last one counts. */
export function serverOptions(argv: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  const take = (text = '') => {
    const [name = '', value] = text.split(/=(.*)/s, 2)
    // The server takes a dash for an underscore.
    if (value !== undefined) found[name.trim().replaceAll('-', '_').toLowerCase()] = value.trim()
  }
  argv.forEach((word, i) => {
    const next = argv[i + 1] ?? ''
    const name = short[word.slice(0, 2)]
    if (word === '-c') take(next)
    else if (word.startsWith('--')) take(word.slice(2))
    else if (word.startsWith('-c')) take(word.slice(2))
    else if (name !== undefined) found[name] = word.length > 2 ? word.slice(2) : next
  })
  if (found.pgdata !== undefined) found.data_directory = found.pgdata
  return found
}
