import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Finding } from '../../operations/doctor/finding.ts'
import { localRuntime } from '../../runtime/local/local.ts'
import { withToolkit } from '../helpers/toolkit.ts'

const [installation] = await localRuntime().images.installed()
const why = installation ? '' : ' (not run: there is no PostgreSQL on this machine)'

test.skipIf(!installation)(`RUNTIME=local: the programs of this machine, and no engine is asked${why}`, () =>
  withToolkit(async toolkit => {
    await writeFile(join(toolkit.home, '.env'), '', { mode: 0o644 })
    const env = { RUNTIME: 'local', DOCKER: 'no-such-engine' }
    const { code, stdout, stderr } = await toolkit.run('doctor.ts', ['--json'], { env })
    expect(code, stderr).toBe(0)
    const findings = JSON.parse(stdout) as Finding[]
    const says = (check: string) => findings.find(f => f.check === check)?.says
    expect(says('runtime')).toBe('local, because RUNTIME says so')
    expect(says('engine')).toContain(installation?.image)
    expect(says('image')).toContain(`PostgreSQL ${installation?.version}`)
    expect(says('containers')).toBe('none')
    expect(says('.env')).toMatch(/others can read/)
    expect(findings.filter(f => f.says.startsWith('could not be looked at'))).toEqual([])
  }),
)
