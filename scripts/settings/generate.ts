import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod/mini'
import { metadataSchema } from '../catalog/metadata.ts'
import { checksPage } from '../explore/checks/page.ts'
import { configurationPage, dotenvExample, exitCodesPage } from './documents.ts'

/**
 * Writes every generated file; with --check writes nothing and fails where one is not what it would be.
 */
const root = join(import.meta.dirname, '..', '..')
const files: Record<string, string> = {
  'docs/reference/checks.md': checksPage(),
  'docs/reference/configuration.md': configurationPage(),
  'docs/reference/exit-codes.md': exitCodesPage(),
  'docs/reference/metadata.schema.json': `${JSON.stringify(z.toJSONSchema(metadataSchema), null, 2)}\n`,
  'db/.env.example': dotenvExample(),
}

const onlyCheck = process.argv.includes('--check')
for (const [name, content] of Object.entries(files)) {
  const path = join(root, name)
  const present = await readFile(path, 'utf8').catch(() => '')
  if (present === content) continue
  if (onlyCheck) {
    process.stderr.write(`${name} is not what its source says. Run make docs and commit it.\n`)
    process.exitCode = 1
  } else {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    process.stdout.write(`wrote ${name}\n`)
  }
}
