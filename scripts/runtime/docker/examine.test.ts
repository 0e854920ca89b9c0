import { describe, expect, test } from 'vitest'
import { parseEngineInfo } from './examine.ts'

describe('what the engine says of itself', () => {
  test('docker', () => {
    const info = {
      ServerVersion: '28.2.2',
      Driver: 'overlay2',
      SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=rootless'],
      OperatingSystem: 'Docker Desktop',
      SystemTime: '2026-01-31T12:00:00.5Z',
    }
    expect(parseEngineInfo(info)).toEqual({
      ...{ version: '28.2.2', storage: 'overlay2', rootless: true, desktop: true },
      security: ['apparmor', 'seccomp'],
      time: new Date('2026-01-31T12:00:00.5Z'),
    })
  })

  test('podman', () => {
    const info = {
      host: { security: { rootless: true, selinuxEnabled: true, apparmorEnabled: false } },
      store: { graphDriverName: 'overlay' },
      version: { Version: '4.3.1' },
    }
    expect(parseEngineInfo(info)).toEqual({
      ...{ version: '4.3.1', storage: 'overlay', rootless: true, desktop: false },
      ...{ security: ['selinux'], time: undefined },
    })
  })

  test('one that says nothing', () => {
    expect(parseEngineInfo({ SecurityOptions: null })).toMatchObject({ version: 'unknown', security: [] })
  })
})
