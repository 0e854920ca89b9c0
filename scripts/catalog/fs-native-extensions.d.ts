declare module 'fs-native-extensions' {
  /** Asks for an exclusive lock on an open file; false: somebody else holds it. */
  export function tryLock(fd: number, options?: { shared: boolean }): boolean
  const all: { tryLock: typeof tryLock }
  export default all
}
