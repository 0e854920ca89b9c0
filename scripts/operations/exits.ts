import type { ErrorKind } from '../errors.ts'

/** How a command can end that copies data from or to a server. */
export const copyingExits: readonly ErrorKind[] = [
  'connection',
  'space',
  'verification',
  'usage',
  'prerequisite',
  'locked',
  'failed',
  'interrupted',
]
