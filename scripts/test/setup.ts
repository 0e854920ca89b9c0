import { makeTemplate } from './helpers/new_cluster.ts'
import { docker, image, local, noEngine } from './helpers/place.ts'
import { removeStripped, stripTypes } from './helpers/stripped.ts'
import { Toolkit } from './helpers/toolkit.ts'

/** Another run of the tests may be at work beside this one. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Before the scenarios: an image or an installation, and nothing left of an earlier run that was killed. */
export async function setup(): Promise<() => Promise<void>> {
  if (!noEngine) await prepareEngine()
  else if (!local) {
    throw new Error(
      'Neither an engine answers here, nor is PostgreSQL 15 or newer installed: make test says more.',
    )
  }
  const folder = await stripTypes()
  const toolkit = await Toolkit.create()
  const undo = async () => {
    await toolkit.dispose()
    await removeStripped(folder)
  }
  await makeTemplate(toolkit).catch(async error => {
    await undo()
    throw error
  })
  return undo
}

async function prepareEngine(): Promise<void> {
  const names = await docker('ps', '--all', '--filter', 'name=toolkit-test-', '--format', '{{.Names}}')
  const left = names.split('\n').filter(name => name !== '' && !isAlive(Number(name.split('-')[2])))
  if (left.length > 0) await docker('rm', '--force', '--volumes', ...left)
  await docker('image', 'inspect', '--format', '{{.Id}}', image).catch(() => {
    throw new Error(
      `The image ${image} is missing: run make test, which builds it, or docker build db/docker.`,
    )
  })
}
