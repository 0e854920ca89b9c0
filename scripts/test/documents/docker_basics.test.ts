import { runsAsItSays } from '../helpers/document.ts'

runsAsItSays('docs/DOCKER_BASICS.md')
