import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ToolkitError } from '../../errors.ts'
import type { ImageFacts, Runtime } from '../runtime.ts'
import { engine, engineOk } from './engine.ts'

/**
 * Asks an image about itself, once, from inside: `key=value` lines. Works with the shells of Debian and Alpine.
 * pg_config is not everywhere, so the library folder is found by its contents.
 */
const probe = `
echo "uid=$(id -u postgres 2>/dev/null || echo 999)"
echo "gid=$(id -g postgres 2>/dev/null || echo 999)"
echo "pgdata=\${PGDATA:-/var/lib/postgresql/data}"
echo "version=$(postgres --version 2>/dev/null | sed 's/^[^0-9]*//; s/[^0-9.].*//')"
echo "architecture=$(uname -m)"
if ls /lib/ld-musl-* >/dev/null 2>&1; then
  echo libc=musl
  echo "libcVersion=$(/lib/ld-musl-*.so.1 2>&1 | sed -n 's/^Version //p')"
else
  echo libc=glibc
  echo "libcVersion=$(ldd --version 2>/dev/null | sed -n '1s/.* //p')"
fi
for f in $(find / -xdev -name 'timescaledb*.so' -path '*postgresql*' 2>/dev/null); do
  echo "library=$(basename "$f")"
done
for t in zstd lz4 gzip; do command -v $t >/dev/null 2>&1 && echo "tool=$t"; done
# Not what PATH finds first: in Debian’s packages that is a wrapper.
b=$(dirname "$(readlink -f "$(command -v postgres)")")/pg_basebackup
[ -x "$b" ] || b=$(readlink -f "$(command -v pg_basebackup)")
grep -q ZSTD_compressStream2 "$b" && echo client=zstd
grep -q LZ4F_compressUpdate "$b" && echo client=lz4
grep -q deflate "$b" && echo client=gzip
true
`

type Inspected = {
  Id: string
  RepoDigests?: string[]
  Config?: { Labels?: Record<string, string> | null; Volumes?: Record<string, unknown> | null }
}

async function find(image: string, signal?: AbortSignal): Promise<ImageFacts | undefined> {
  const inspected = await engine(['image', 'inspect', image], { signal })
  if (inspected.code !== 0) return undefined
  const [details] = JSON.parse(inspected.stdout) as [Inspected]
  const answers = await remembered(details.Id, () =>
    engineOk(['run', '--rm', '--network', 'none', '--entrypoint', 'sh', image, '-c', probe], { signal }),
  )
  const facts = parseImageFacts(image, details, answers)
  if (Number.isInteger(facts.major)) return facts
  throw new ToolkitError('prerequisite', {
    what: `The image ${image} has no PostgreSQL in it.`,
    hint: 'Set IMAGE to one that has, for example timescale/timescaledb:latest-pg17 or postgres:17.',
  })
}

/** An image's id is the hash of its contents, so what was learned about it once stays true. */
async function remembered(id: string, ask: () => Promise<string>): Promise<string> {
  const key = createHash('sha256').update(`${id}${probe}`).digest('hex').slice(0, 32)
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'timescaledb-toolkit')
  const file = join(folder, `image-${key}`)
  const known = await readFile(file, 'utf8').catch(() => undefined)
  if (known?.includes('version=')) return known
  const answers = await ask()
  // A cache that cannot be written costs time, nothing else.
  await mkdir(folder, { recursive: true, mode: 0o700 })
    .then(() => writeFile(`${file}.${process.pid}`, answers, { mode: 0o600 }))
    .then(() => rename(`${file}.${process.pid}`, file))
    .catch(() => {})
  return answers
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** Turns the lines of the probe into facts. */
export function parseImageFacts(image: string, details: Inspected, answers: string): ImageFacts {
  const lines = answers.split('\n').map(line => line.split(/=(.*)/s, 2) as [string, string | undefined])
  const one = (key: string) => lines.find(([k]) => k === key)?.[1] ?? ''
  const many = (key: string) => lines.filter(([k]) => k === key).map(([, value]) => value ?? '')
  const libraries = many('library')
  const timescaledb = libraries.flatMap(name => /^timescaledb-(\d[^-]*)\.so$/.exec(name)?.[1] ?? [])
  const tsl = libraries.some(name => name.startsWith('timescaledb-tsl-'))
  return {
    place: 'image',
    hasServer: true,
    image,
    id: details.Id,
    digest: details.RepoDigests?.[0]?.split('@')[1],
    uid: Number(one('uid')),
    gid: Number(one('gid')),
    pgdata: one('pgdata'),
    volume: Object.keys(details.Config?.Volumes ?? {}).find(path => isWithin(one('pgdata'), path)),
    version: one('version'),
    major: Number.parseInt(one('version'), 10),
    architecture: one('architecture'),
    libc: one('libc') === 'musl' ? 'musl' : 'glibc',
    libcVersion: one('libcVersion'),
    timescaledb,
    timescaledbEdition: timescaledb.length === 0 ? 'none' : tsl ? 'tsl' : 'apache',
    tools: many('tool'),
    clientCompression: many('client'),
    builtHere: details.Config?.Labels?.['com.timescaledb-toolkit.image'] === 'postgres',
  }
}

export const dockerImages: Runtime['images'] = {
  find,
  installed: async () => [],
  async pull(image, onLine, signal) {
    const output = await engine(['pull', image], { onStdout: onLine, signal })
    return { ok: output.code === 0, why: output.stderr.split('\n').filter(Boolean).at(-1) ?? '' }
  },
  build({ folder, tag, target, args }, onLine, signal) {
    const buildArgs = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
    const argv = ['build', '--network', 'host', '--tag', tag, '--target', target, ...buildArgs, folder]
    return engine(argv, { onStdout: onLine, signal })
  },
}
