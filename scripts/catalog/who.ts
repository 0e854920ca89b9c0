import { userInfo } from 'node:os'

/** Who runs this. In a container started as just any number there is no name for it. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
