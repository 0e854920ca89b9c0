import { explain } from '../../errors.ts'
import { type Finding, note, ok } from './finding.ts'
import { nameOf, type Patient } from './patient.ts'

/** The image (or the programs of this machine), against what made the data and what runs. */

export async function examineImage({ settings, sources, record, image }: Patient): Promise<Finding> {
  const found = await image
  if (found)
    return ok(
      'image',
      `${found.image}, PostgreSQL ${found.version}, TimescaleDB ${found.timescaledb.join(', ') || 'none'}`,
    )
  const name = await nameOf(settings, sources, record)
  return note('image', `${name} is not here yet`, 'make start fetches it, or builds one.')
}

/** A tag can be moved to another image; the data was made with one of them. */
export async function examineDigest({ runtime, record, image }: Patient): Promise<Finding> {
  if (runtime.kind !== 'docker') return ok('digest', 'no image')
  const [found, made] = [await image, await record]
  if (found === undefined) return ok('digest', 'no image yet')
  const digest = found.digest ?? `${found.id.slice(0, 19)} (its id: it came from no registry)`
  if (made === undefined || made.image_id === found.id || made.image !== found.image)
    return ok('digest', digest)
  const same =
    made.libc_version === found.libcVersion && Number.parseInt(made.postgresql_version, 10) === found.major
  return note(
    'digest',
    `${digest}: ${found.image} is another image now than the one that made the data (${(made.image_digest ?? made.image_id).slice(0, 19)})`,
    same
      ? `Its C library and major version are the same, so it fits. To stay with one: IMAGE=${made.image_digest ? `${made.image}@${made.image_digest}` : 'a tag of your own'} in db/.env`
      : 'It does not fit the data: start will refuse. Fetch the former one, or give it its tag again.',
  )
}

/** The library has to be there in the version that the databases ask for. */
export async function examineExtension({ image, asked }: Patient): Promise<Finding> {
  let absent: string | undefined
  const answers = await asked.catch((error: Error) => {
    // Such a database answers to nothing, not even to this.
    absent = /\$libdir\/timescaledb-([\d.]+)/.exec(`${error.message} ${explain(error).why}`)?.[1]
    return undefined
  })
  const libraries = (await image)?.timescaledb ?? []
  const mend = (version: string) =>
    `Use an image that has ${version} (IMAGE=…), or nothing in it can be read.`
  if (absent !== undefined)
    return note(
      'extension',
      `TimescaleDB ${absent} is in the database, libraries ${libraries.join(', ') || 'none'}`,
      mend(absent),
    )
  if (answers === undefined)
    return ok('extension', `TimescaleDB libraries ${libraries.join(', ') || 'none'}; no database to compare`)
  if (answers.timescaledb === null)
    return ok('extension', `no TimescaleDB in this database; libraries ${libraries.join(', ') || 'none'}`)
  const says = `TimescaleDB ${answers.timescaledb} in the database, libraries ${libraries.join(', ') || 'none'}`
  if (!libraries.includes(answers.timescaledb)) return note('extension', says, mend(answers.timescaledb))
  const newest = [...libraries].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
  return newest === answers.timescaledb
    ? ok('extension', says)
    : note(
        'extension',
        says,
        `When you want the newer one, after a make save: make psql COMMAND="ALTER EXTENSION timescaledb UPDATE"`,
      )
}

/** The server that runs, the programs beside it, and what made the data. */
export async function examineVersions({ image, record, asked }: Patient): Promise<Finding> {
  const [found, made, answers] = [await image, await record, await asked.catch(() => undefined)]
  const server = /^[\d.]+/.exec(answers?.version ?? '')?.[0]
  const words = [
    server ? `server ${server}` : 'no server to ask',
    found ? `programs ${found.version}` : 'no programs yet',
    ...(made ? [`data made with ${made.postgresql_version}`] : []),
  ].join(', ')
  if (found && made && Number.parseInt(made.postgresql_version, 10) !== found.major)
    return note(
      'versions',
      words,
      `The data needs PostgreSQL ${Number.parseInt(made.postgresql_version, 10)}.`,
    )
  if (found && server && server !== found.version)
    return note('versions', words, 'make restart gives the server the version of its image.')
  return ok('versions', words)
}
