import { describe, expect, test } from 'vitest'
import { concernOf, mountOf } from './filesystem.ts'

const mountinfo = `\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:27 / /mnt/my\\040disk rw,nosuid shared:9 - tmpfs tmpfs rw,size=1024k
31 22 0:28 / /mnt/my rw - nfs4 server:/export rw
32 30 0:29 / /mnt/my\\040disk/deep ro,relatime master:1 - xfs /dev/sdb rw
33 22 0:30 / /mnt/my rw - cifs //nas/share ro`

describe('the mount of a path', () => {
  test.each([
    ['/', '/', 'ext4', false],
    ['/home/me', '/', 'ext4', false],
    ['/mnt/my disk', '/mnt/my disk', 'tmpfs', false],
    ['/mnt/my disk/a', '/mnt/my disk', 'tmpfs', false],
    ['/mnt/my disk/deep/a', '/mnt/my disk/deep', 'xfs', true],
    ['/mnt/my/a', '/mnt/my', 'cifs', true],
    ['/mnt/mystery', '/', 'ext4', false],
  ])('%s', (path, point, type, readOnly) =>
    expect(mountOf(mountinfo, path)).toMatchObject({ point, type, readOnly }),
  )

  test('nothing that is one', () => expect(mountOf('', '/a')).toBeUndefined())
})

test.each([
  ['ext4', 'data', undefined],
  ['tmpfs', 'data', /memory/],
  ['tmpfs', 'backups', /memory/],
  ['overlay', 'backups', /container/],
  ['nfs4', 'data', /another machine/],
  ['nfs4', 'backups', undefined],
  ['cifs', 'data', /owners and locks/],
] as const)('%s for %s', (type, use, words) => {
  const concern = concernOf(type, use)
  if (words) expect(concern).toMatch(words)
  else expect(concern).toBeUndefined()
})
