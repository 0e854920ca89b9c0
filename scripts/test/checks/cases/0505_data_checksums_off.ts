import type { Gathered } from '../../../explore/facts.ts'
import type { CheckCases } from '../case.ts'

const checksums =
  (setting: string) =>
  ({ settings }: Gathered): Partial<Gathered> =>
    'value' in settings
      ? {
          settings: {
            value: { ...settings.value, data_checksums: { setting, unit: null, source: 'default' } },
          },
        }
      : {}

export const cases: CheckCases = {
  fires: [{ title: 'a cluster without checksums (given)', given: checksums('off') }],
  quiet: [{ title: 'a cluster with checksums (given)', given: checksums('on') }],
}
