import { describe, expect, test } from 'vitest'
import type { Program, ServerPlan } from '../runtime.ts'
import { programArguments, serverArguments } from './arguments.ts'

const identity = { caller: '1000:1000', postgres: 'postgres', security: [] }
const program: Program = {
  name: 'save',
  argv: ['pg_basebackup', '--pgdata=/srv/x', '--label=it\'s a, "label"'],
  as: 'caller',
  image: 'postgres:17',
}
const argumentsOf = (changes: Partial<Program> = {}, options = { input: false }) =>
  programArguments({ ...program, ...changes }, 'toolkit-save-1', identity, 'none', options)

describe('docker run of a program', () => {
  test('with nothing but its words', () => {
    expect(argumentsOf()).toEqual([
      'run',
      '--rm',
      ...['--name', 'toolkit-save-1'],
      ...['--label', 'com.timescaledb-toolkit.role=program'],
      ...['--user', '1000:1000'],
      ...['--network', 'none'],
      ...['--log-driver', 'none'],
      ...['--ulimit', 'core=0'],
      ...['--entrypoint', 'pg_basebackup'],
      'postgres:17',
      '--pgdata=/srv/x',
      '--label=it\'s a, "label"',
    ])
  })

  test('with folders, variables and input, in another network', () => {
    const folders = [
      { path: '/srv/backups', mode: 'rw' as const },
      { path: '/tmp/pass', mode: 'ro' as const },
    ]
    const env = { PGHOST: 'db', PGPASSFILE: '/tmp/pass', PGAPPNAME: 'a=b c' }
    const changed = { ...program, folders, env, as: 'root' as const }
    expect(programArguments(changed, 'c', identity, 'container:abc', { input: true })).toEqual([
      'run',
      '--rm',
      ...['--name', 'c'],
      ...['--label', 'com.timescaledb-toolkit.role=program'],
      ...['--user', '0:0'],
      ...['--network', 'container:abc'],
      ...['--log-driver', 'none'],
      ...['--ulimit', 'core=0'],
      '--interactive',
      ...['--env', 'PGHOST=db'],
      ...['--env', 'PGPASSFILE=/tmp/pass'],
      ...['--env', 'PGAPPNAME=a=b c'],
      ...['--mount', 'type=bind,source=/srv/backups,target=/srv/backups'],
      ...['--mount', 'type=bind,source=/tmp/pass,target=/tmp/pass,readonly'],
      ...['--entrypoint', 'pg_basebackup'],
      'postgres:17',
      '--pgdata=/srv/x',
      '--label=it\'s a, "label"',
    ])
  })

  test.each<[Program['as'], string]>([
    ['caller', '1000:1000'],
    ['postgres', 'postgres'],
    ['root', '0:0'],
  ])('as %s', (as, user) => {
    const argv = argumentsOf({ as })
    expect(argv[argv.indexOf('--user') + 1]).toBe(user)
  })

  test.each([
    ['/srv/my backups', 'type=bind,source=/srv/my backups,target=/srv/my backups'],
    ["/srv/it's", "type=bind,source=/srv/it's,target=/srv/it's"],
    ['/srv/a,b', 'type=bind,"source=/srv/a,b","target=/srv/a,b"'],
    ['/srv/a"b', 'type=bind,"source=/srv/a""b","target=/srv/a""b"'],
    ['/srv/a=b', 'type=bind,source=/srv/a=b,target=/srv/a=b'],
    ['/srv/a:b', 'type=bind,source=/srv/a:b,target=/srv/a:b'],
    ['/srv/ünï', 'type=bind,source=/srv/ünï,target=/srv/ünï'],
  ])('the folder %s is one field each', (path, mount) => {
    const argv = argumentsOf({ folders: [{ path, mode: 'rw' }] })
    expect(argv[argv.indexOf('--mount') + 1]).toBe(mount)
  })
})

describe('docker run of the server', () => {
  const plan: ServerPlan = {
    container: 'timescaledb-local',
    image: 'timescale/timescaledb:latest-pg17',
    mounts: [
      { source: '/srv/my data', target: '/var/lib/postgresql/data', mode: 'rw' },
      { source: '/srv/run', target: '/etc/toolkit', mode: 'ro' },
    ],
    env: { PGDATA: '/var/lib/postgresql/data' },
    network: 'host',
    port: 8094,
    shmSize: '1g',
    dataDir: '/srv/my data',
    argv: ['postgres', '-c', 'port=8094'],
  }
  const labels = (network: string) => [
    ...['--label', 'com.timescaledb-toolkit.role=database'],
    ...['--label', 'com.timescaledb-toolkit.data-dir=/srv/my data'],
    ...['--label', 'com.timescaledb-toolkit.port=8094'],
    ...['--label', `com.timescaledb-toolkit.network=${network}`],
  ]
  const rest = [
    ...['--env', 'PGDATA=/var/lib/postgresql/data'],
    ...['--mount', 'type=bind,source=/srv/my data,target=/var/lib/postgresql/data'],
    ...['--mount', 'type=bind,source=/srv/run,target=/etc/toolkit,readonly'],
    'timescale/timescaledb:latest-pg17',
    ...['postgres', '-c', 'port=8094'],
  ]
  const begin = ['run', '--detach', '--name', 'timescaledb-local']
  const middle = ['--stop-signal', 'SIGINT', '--shm-size', '1g', '--ulimit', 'core=0']

  test('in the network of this machine', () => {
    expect(serverArguments(plan, [])).toEqual([
      ...begin,
      ...labels('host'),
      ...middle,
      '--network',
      'host',
      ...rest,
    ])
  })

  test('in a network of its own is published to this machine only', () => {
    expect(serverArguments({ ...plan, network: 'bridge' }, [])).toEqual([
      ...begin,
      ...labels('bridge'),
      ...middle,
      ...['--publish', '127.0.0.1:8094:8094'],
      ...rest,
    ])
  })

  test('what the engine wants besides stands in both', () => {
    const security = ['--security-opt', 'label=disable']
    const argv = programArguments(program, 'c', { ...identity, security }, 'none', { input: false })
    expect(argv.join(' ')).toContain('--user 1000:1000 --security-opt label=disable --network none')
    expect(serverArguments(plan, security).join(' ')).toContain(' --security-opt label=disable ')
  })
})
