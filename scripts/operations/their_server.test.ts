import { expect, test } from 'vitest'
import { describeContainer } from '../runtime/docker/theirs.ts'
import type { Settings } from '../settings/options.ts'
import { placeOfData, reachTheirs, seenInside } from './their_server.ts'

type Inspected = Parameters<typeof describeContainer>[0]
const inspected: Inspected = {
  Id: 'abc',
  Name: '/shop-db-1',
  Image: 'sha256:1',
  State: { Running: true },
  Args: ['postgres'],
  Config: {
    Image: 'postgres:17',
    User: '',
    Env: ['PGDATA=/var/lib/postgresql/data', 'A=b=c'],
    Labels: null,
  },
  HostConfig: { NetworkMode: 'shop_default' },
  Mounts: [
    { Type: 'volume', Name: 'shop_data', Source: '/x', Destination: '/var/lib/postgresql/data', RW: true },
    { Type: 'bind', Source: '/srv/conf', Destination: '/etc/pg', RW: false },
  ],
  NetworkSettings: { Ports: {}, Networks: { shop_default: { IPAddress: '172.18.0.2' } } },
}
const changed = (changes: Partial<Inspected['Config']>, rest: Partial<Inspected> = {}) =>
  describeContainer({ ...inspected, ...rest, Config: { ...inspected.Config, ...changes } })

test.each([
  [['postgres'], '/var/lib/postgresql/data', 5432],
  [['postgres', '-D', '/srv/pg/', '-p', '5433'], '/srv/pg/', 5433],
  [['-D/srv/pg', '-p5433'], '/srv/pg', 5433],
  [['postgres', '-c', 'data_directory=/srv/pg', '-c', 'port=6000'], '/srv/pg', 6000],
  [['postgres', '--data_directory=/srv/pg', '--port=6000'], '/srv/pg', 6000],
  [['postgres', '-c', 'archive_mode=on'], '/var/lib/postgresql/data', 5432],
  [['postgres', '-cport=6000', '--data-directory=/srv/pg'], '/srv/pg', 6000],
])('its command line %j names the data and the port', (Args, pgdata, port) => {
  expect(changed({}, { Args })).toMatchObject({ pgdata, port })
})

test('the options of its command line are known by their names', () => {
  const Args = ['postgres', '-c', 'archive_mode = on', '--timescaledb.max-background-workers=8', '-h', '*']
  expect(changed({}, { Args }).options).toEqual({
    archive_mode: 'on',
    'timescaledb.max_background_workers': '8',
    listen_addresses: '*',
  })
})

test.each([
  ['', undefined],
  ['postgres', undefined],
  ['0', undefined],
  ['1000', { uid: 1000, gid: 0 }],
  ['1000:1001', { uid: 1000, gid: 1001 }],
])('--user %j', (User, runsAs) => expect(changed({ User }).runsAs).toEqual(runsAs))

const ports = (HostIp: string) => ({ Ports: { '5432/tcp': [{ HostIp, HostPort: '8377' }] } })
test.each<[string, Partial<Inspected>, unknown]>([
  ['a network of its own', {}, { host: '172.18.0.2', port: 5432 }],
  ['published everywhere', { NetworkSettings: ports('0.0.0.0') }, { host: '127.0.0.1', port: 8377 }],
  ['published on one address', { NetworkSettings: ports('10.0.0.1') }, { host: '10.0.0.1', port: 8377 }],
  ['the host’s network', { HostConfig: { NetworkMode: 'host' } }, { host: '127.0.0.1', port: 5432 }],
  ['no way to it', { NetworkSettings: { Networks: { none: {} } } }, undefined],
])('it is reached: %s', (_, rest, address) => expect(changed({}, rest).address).toEqual(address))

test('its data lies in the mount that is nearest to it', () => {
  const { Mounts } = inspected
  expect(placeOfData(changed({}))).toEqual({ volume: 'shop_data', path: '/toolkit-volumes/shop_data' })
  const above = { Type: 'bind', Source: '/srv', Destination: '/var/lib', RW: true }
  expect(placeOfData(changed({}, { Mounts: [above, ...Mounts] }))).toMatchObject({ volume: 'shop_data' })
  expect(placeOfData(changed({}, { Mounts: [above] }))).toEqual({ folder: '/srv/postgresql/data' })
  expect(() => placeOfData(changed({}, { Mounts: [] }))).toThrow('is in no volume and no folder')
  const similar = { Type: 'bind', Source: '/srv', Destination: '/var/lib/post', RW: true }
  expect(() => placeOfData(changed({}, { Mounts: [similar] }))).toThrow('is in no volume')
})

test('folders are known by other names inside', () => {
  expect(seenInside(changed({}), '/srv/conf/a')).toBe('/etc/pg/a')
  expect(seenInside(changed({}), '/srv/conf')).toBe('/etc/pg')
  expect(seenInside(changed({}), '/srv/config')).toBeUndefined()
})

test('what is said counts more than the container’s environment, and that more than db/.env', () => {
  const settings = { user: 'postgres', database: 'postgres', password: 'ours' } as Settings
  const container = changed({ Env: ['POSTGRES_USER=shop', 'POSTGRES_PASSWORD=theirs'] })
  const sources = (password: string) =>
    ({ user: 'default', database: 'default', password }) as Parameters<typeof reachTheirs>[0]['sources']
  const found = reachTheirs({ settings, sources: sources('.env') }, container)
  expect(found).toMatchObject({ user: 'shop', database: 'shop', password: 'theirs' })
  expect(found.via).toEqual({ container: 'abc', host: '127.0.0.1', port: 5432 })
  expect(reachTheirs({ settings, sources: sources('flag') }, container).password).toBe('ours')
  const stopped = { ...container, running: false }
  expect(() => reachTheirs({ settings, sources: sources('.env') }, stopped)).toThrow('is not running')
})
