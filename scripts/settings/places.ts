import { dirname } from 'node:path'
import { type OptionName, optionNames, optionOf } from './options.ts'
import { type Layers, resolveSettings } from './resolve.ts'
import { absolutePath } from './types.ts'

/** Files and folders that settings and answers name, all absolute. */
export type Places = { read: string[]; write: string[] }

/** What lies beside them belongs to them: former data, tablespaces, the record of the image, a dump’s description. */
const withParent: readonly OptionName[] = ['dataDir', 'target', 'file']

/** The places that a command may touch with these settings. A setting that cannot be used names none. */
export function placesOf(layers: Layers): Places {
  const { settings } = resolveSettings(layers)
  const read = secretFiles(layers)
  const write: string[] = []
  // The folder of a Unix socket.
  if (settings.host?.startsWith('/')) read.push(settings.host)
  for (const name of optionNames) {
    // Programs are those of wherever the command runs.
    if (name === 'pgBin') continue
    const value = settings[name]
    if (!optionOf(name).type.locate || typeof value !== 'string' || !value.startsWith('/')) continue
    if (optionOf(name).group === 'Connection') read.push(value)
    else write.push(withParent.includes(name) && dirname(value) !== '/' ? dirname(value) : value)
  }
  return { read, write }
}

/** Files of secrets, whether they can be read or not, and in every layer: what counts is decided later. */
function secretFiles({ flags, env, dotenv, cwd, base }: Layers): string[] {
  return optionNames
    .filter(name => optionOf(name).secret)
    .flatMap(name => {
      const flag = flags.get(name)
      const variables = [optionOf(name).env, ...optionOf(name).aliases].map(word => `${word}_FILE`)
      const files = variables.flatMap(word => [env[word], dotenv[word]]).filter(file => Boolean(file))
      return [
        ...(flag ? [absolutePath(flag, cwd)] : []),
        ...files.map(file => absolutePath(file as string, base)),
      ]
    })
}
