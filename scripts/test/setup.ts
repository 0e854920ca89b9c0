import { chooseRuntime } from '../runtime/choose.ts'
import { docker, image } from './helpers/toolkit.ts'

/** Before the scenarios: an engine, an image, and nothing left of an earlier run that was killed. */
export async function setup(): Promise<void> {
  await chooseRuntime({ runtime: 'auto' }).check()
  const left = await docker('ps', '--all', '--quiet', '--filter', 'name=toolkit-test-')
  if (left) await docker('rm', '--force', '--volumes', ...left.split('\n'))
  await docker('image', 'inspect', '--format', '{{.Id}}', image).catch(() => {
    throw new Error(
      `The image ${image} is missing: run make test, which builds it, or docker build db/docker.`,
    )
  })
}
