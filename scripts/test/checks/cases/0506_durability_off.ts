import type { CheckCases, World } from '../case.ts'

const off =
  (name: string) =>
  async ({ client, afterwards }: World): Promise<void> => {
    await client.query(`ALTER SYSTEM SET ${name} = 'off'`)
    await client.query('SELECT pg_reload_conf(), pg_sleep(0.3)')
    afterwards(async () => {
      await client.query(`ALTER SYSTEM RESET ${name}`)
      await client.query('SELECT pg_reload_conf(), pg_sleep(0.3)')
    })
  }

export const cases: CheckCases = {
  fires: [
    { title: 'fsync', arrange: off('fsync') },
    { title: 'full_page_writes', arrange: off('full_page_writes') },
    { title: 'synchronous_commit is a notice', arrange: off('synchronous_commit') },
  ],
  quiet: [
    { title: 'all of them on' },
    {
      title: 'a session that loads data may have it off for itself',
      arrange: async ({ connect }) => void (await (await connect()).query("SET synchronous_commit = 'off'")),
    },
  ],
}
