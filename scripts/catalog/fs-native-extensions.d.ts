declare module 'fs-native-extensions' {
  /** Asks for an exclusive lock on an open file; false: somebody else holds it. */
  export function tryLock(fd: number): boolean
  const all: { tryLock: typeof tryLock }
  export default all
}
