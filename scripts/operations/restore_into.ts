import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { containerDestination } from './container_destination.ts'
import { type RestoreResult, restoreCluster } from './restore.ts'
import { restoreVolume } from './restore_volume.ts'
import { findTheirs, placeOfData } from './their_server.ts'

/**
 * Restores into what the settings name: our own data directory or another folder, a volume, or the container or
 * compose service of somebody else.
 * @throws ToolkitError usage, and what those restores throw
 */
export async function restoreInto(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<RestoreResult> {
  const { target, container: name } = resolved.settings
  await runtime.check(context.signal)
  const { theirs } = runtime
  const container = await findTheirs(runtime, resolved, context.signal)
  if (container && target) {
    throw new ToolkitError('usage', {
      what: `CONTAINER names ${name}, which has data of its own, and TARGET names ${target}.`,
      hint: 'Name one of the two.',
    })
  }
  if (target?.startsWith('volume:')) {
    if (theirs)
      return restoreVolume(runtime, theirs, resolved, context, { volume: target.slice('volume:'.length) })
    throw new ToolkitError('usage', {
      what: 'A volume is a thing of Docker, and RUNTIME=local works without it.',
      hint: 'Name a folder: TARGET=/a/folder',
    })
  }
  if (container === undefined || theirs === undefined) return restoreCluster(runtime, resolved, context)
  const place = placeOfData(container)
  if ('volume' in place) return restoreVolume(runtime, theirs, resolved, context, { ...place, container })
  const { folder } = place
  await requireWritable(dirname(folder))
  return restoreCluster(runtime, resolved, context, async () => {
    const image = await runtime.images.find(container.imageId, context.signal)
    if (image)
      return containerDestination(runtime, theirs, container, { folder, image, settings: resolved.settings })
    throw new ToolkitError('prerequisite', {
      what: `The image of the container ${container.name} is not on this machine any more.`,
      why: container.image,
      hint: `Fetch it again: docker pull ${container.image}`,
    })
  })
}

/** The swap is a renaming in the folder above. */
async function requireWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK).catch(error => {
    throw new ToolkitError('prerequisite', {
      what: `You may not rename what is in ${folder}, where the data of that container lies.`,
      why: (error as Error).message,
      hint: 'Run the same command with sudo.',
    })
  })
}
