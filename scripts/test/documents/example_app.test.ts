import { runsAsItSays } from '../helpers/document.ts'

runsAsItSays('example-app/README.md')
