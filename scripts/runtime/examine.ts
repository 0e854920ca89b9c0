/** What the doctor asks of an engine; the other runtime has none. */
export {
  containerOnPort,
  type EngineDetails,
  engineDetails,
  type OwnContainer,
  ownContainers,
  reachesPort,
} from './docker/examine.ts'
