import type { CheckCases } from '../case.ts'

const several = async ({ connect }: { connect(): Promise<unknown> }): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await connect()
}

export const cases: CheckCases = {
  fires: [
    {
      title: 'a tenth of the connections, where that is the limit',
      limits: { percent: 10 },
      arrange: several,
    },
    { title: 'critical, where it is nearer', limits: { percent: 5, critical_percent: 10 }, arrange: several },
  ],
  quiet: [{ title: 'a tenth of the connections', arrange: several }],
}
