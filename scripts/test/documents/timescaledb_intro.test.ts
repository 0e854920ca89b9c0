import { runsAsItSays } from '../helpers/document.ts'

runsAsItSays('docs/TIMESCALEDB_INTRO.md', { needs: 'timescaledb' })
