import { killVerbs } from '../helpers/kill_suite.ts'

killVerbs('kill_backups')
