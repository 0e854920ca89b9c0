/** What the doctor asks of an engine; the other runtime has none. */
export {
  containerOnPort,
  type EngineDetails,
  engineDetails,
  ownContainers,
  reachesPort,
} from './docker/examine.ts'
