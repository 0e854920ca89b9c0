import { runsAsItSays } from '../helpers/document.ts'

runsAsItSays('docs/QUICKSTART.md')
