import { expect, test } from 'vitest'
import { packagesFor } from './packages.ts'

test.each([
  ['Debian', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n', /^sudo apt-get install postgresql/],
  ['Ubuntu', 'ID=ubuntu\nID_LIKE=debian\n', /^sudo apt-get install postgresql/],
  ['one that is like Ubuntu', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', /^sudo apt-get/],
  ['Rocky', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', /^sudo dnf install postgresql-server/],
  ['Alpine', 'ID=alpine\n', /^sudo apk add postgresql17/],
  ['openSUSE', 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', /^sudo zypper/],
  ['one that nobody knows', 'ID=plan9\n', /postgresql\.org\/download/],
  ['one that says nothing', '', /postgresql\.org\/download/],
])('%s', (_, osRelease, words) => {
  expect(packagesFor('linux', osRelease).postgresql).toMatch(words)
})

test('a Mac', () => expect(packagesFor('darwin', '').postgresql).toMatch(/^brew install postgresql@17/))
