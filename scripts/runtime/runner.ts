import type { ImageFacts } from './runtime.ts'

/** Whether the scripts themselves run in the tools image: scripts/run.sh says so. */
export const inToolsImage = (): boolean => process.env.TOOLKIT_RUNNER === 'docker'

/**
 * The image of our own server on a port of this machine, as scripts/run.sh has asked the engine for a command that
 * gets no socket to ask by itself: port, id, name and digest.
 */
export function imageFoundBefore(port: number): Pick<ImageFacts, 'image' | 'id' | 'digest'> | undefined {
  const [found, id, image, digest] = (process.env.TOOLKIT_SERVER_IMAGE ?? '').split(' ')
  if (!inToolsImage() || Number(found) !== port || !id || !image) return undefined
  return { id, image, digest: digest?.split('@')[1] }
}
