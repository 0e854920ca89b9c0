// The package's entry for plain Node.js: the scripts are TypeScript and run as they are, by way of tsx.
import { tsImport } from 'tsx/esm/api'

export const { BackupManager, BackupType, exploreDatabase, ToolkitError, exitCodes } = await tsImport(
  './index.ts',
  import.meta.url,
)
