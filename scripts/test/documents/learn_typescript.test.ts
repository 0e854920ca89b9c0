import { runsAsItSays } from '../helpers/document.ts'

runsAsItSays('docs/LEARN_TYPESCRIPT.md')
