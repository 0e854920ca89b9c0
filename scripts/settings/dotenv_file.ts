import { readFile, rename, writeFile } from 'node:fs/promises'

/**
 * Sets one variable in a .env file and leaves every other line as it is. The file is replaced whole, mode 0600:
 * it holds passwords.
 */
export async function setDotenvVariable(file: string, name: string, value: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const quoted = /^[\w./:@%+,-]*$/.test(value) ? value : `'${value}'`
  const line = `${name}=${quoted}`
  const pattern = new RegExp(`^(?:export )?${name}=.*$`, 'm')
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  const after = pattern.test(before) ? before.replace(pattern, () => line) : `${before}${separator}${line}\n`
  await writeFile(`${file}.partial`, after, { mode: 0o600 })
  await rename(`${file}.partial`, file)
}
