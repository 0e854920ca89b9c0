import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from './test/helpers/temp_folder.ts'

const script = join(import.meta.dirname, 'setup.sh')

/** What setup.sh says on a system with this /etc/os-release; `sudo` is left out, for root needs none. */
async function say(what: string, release: string): Promise<string> {
  const OS_RELEASE = join(await tempFolder(), 'os-release')
  await writeFile(OS_RELEASE, release)
  const { stdout } = spawnSync('bash', [script, '--say', what], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', OS_RELEASE },
  })
  return stdout.replaceAll('sudo ', '').split('\n')[0] ?? ''
}

describe.skipIf(process.platform !== 'linux')('what to install, on Linux', () => {
  const apt = 'apt-get update && apt-get install -y'
  test.each<[string, string, string, string, string]>([
    [
      'Debian 13',
      'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"',
      `${apt} --no-install-recommends nodejs npm`,
      `${apt} docker.io`,
      `${apt} postgresql postgresql-17-timescaledb`,
    ],
    [
      'Debian 12, whose Node.js is too old',
      'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"',
      'Debian 12 has no Node.js 20.19 of its own: https://nodejs.org/en/download',
      `${apt} docker.io`,
      `${apt} postgresql`,
    ],
    [
      'Ubuntu 24.04, whose Node.js is too old',
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"',
      'Ubuntu 24.04 has no Node.js 20.19 of its own: https://nodejs.org/en/download',
      `${apt} docker.io`,
      `${apt} postgresql`,
    ],
    [
      'Ubuntu 25.10',
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="25.10"',
      `${apt} --no-install-recommends nodejs npm`,
      `${apt} docker.io`,
      `${apt} postgresql`,
    ],
    [
      'Fedora',
      'ID=fedora\nVERSION_ID=43',
      'dnf install -y nodejs npm',
      'dnf install -y moby-engine',
      'dnf install -y postgresql-server postgresql-contrib',
    ],
    [
      'a relative of RHEL 10',
      'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"',
      'dnf install -y nodejs npm',
      'dnf install -y podman',
      'dnf install -y postgresql-server postgresql-contrib',
    ],
    [
      'Arch',
      'ID=arch',
      'pacman -S --needed --noconfirm nodejs npm',
      'pacman -S --needed --noconfirm docker',
      'pacman -S --needed --noconfirm postgresql timescaledb',
    ],
    [
      'Alpine',
      'ID=alpine\nVERSION_ID=3.22.1',
      'apk add nodejs npm',
      'apk add docker',
      'apk add postgresql17',
    ],
    [
      'openSUSE',
      'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20260101"',
      'zypper --non-interactive install nodejs22 npm22',
      'zypper --non-interactive install docker',
      'zypper --non-interactive install postgresql17-server postgresql17-contrib',
    ],
    [
      'a system that nobody has heard of',
      'ID=void\nPRETTY_NAME=Void',
      'Void has no Node.js 20.19 of its own: https://nodejs.org/en/download',
      'https://docs.docker.com/get-docker/',
      'https://www.postgresql.org/download/',
    ],
  ])('%s', async (_, release, node, docker, postgresql) => {
    expect([
      await say('node', release),
      await say('docker', release),
      await say('postgresql', release),
    ]).toEqual([node, docker, postgresql])
  })
})

test('nothing is installed where nobody can be asked', async () => {
  // No package manager, no engine, no Node.js: whatever it tried to call would be complained of.
  const folder = await tempFolder()
  const OS_RELEASE = join(folder, 'os-release')
  await writeFile(OS_RELEASE, 'ID=debian\nVERSION_ID="13"')
  for (const name of ['id', 'uname', 'dirname', 'sed', 'grep', 'apt-get']) {
    const body = name === 'apt-get' ? 'echo installing >&2' : `exec /usr/bin/${name} "$@"`
    await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  }
  const run = (input: string) =>
    spawnSync('/bin/bash', [script], { encoding: 'utf8', input, env: { PATH: folder, OS_RELEASE } })
  const { status, stdout, stderr } = run('')
  expect(stdout).toContain('Do that now? [y/N]')
  expect(stderr).toBe('error: Something that is needed is missing; what to install stands above.\n')
  expect(status).toBe(5)
  expect(run('n\nno\n').stderr).not.toContain('installing')
  expect(run('y\n').stderr).toContain('installing')
})
