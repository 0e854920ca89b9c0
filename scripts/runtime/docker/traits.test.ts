import { describe, expect, test } from 'vitest'
import { parseTraits, securityArguments } from './traits.ts'

describe('what an engine says of itself', () => {
  test.each<[string, string, boolean, boolean]>([
    ['docker', '[name=seccomp,profile=default]', false, false],
    ['docker with nothing', '[]', false, false],
    ['docker, rootless', '[name=seccomp,profile=builtin name=rootless name=cgroupns]', true, false],
    ['docker with SELinux', '[name=seccomp,profile=default name=selinux]', false, true],
    ['podman', 'name=rootless:false name=selinux:false', false, false],
    ['podman, rootless, with SELinux', 'name=rootless:true name=selinux:true', true, true],
  ])('%s', (_, answer, rootless, selinux) => expect(parseTraits(answer)).toEqual({ rootless, selinux }))
})

test('labels are left out where there are any', () => {
  expect(securityArguments({ selinux: true })).toEqual(['--security-opt', 'label=disable'])
  expect(securityArguments({ selinux: false })).toEqual([])
})
