import { dockerRuntime } from './docker/docker.ts'
import type { Runtime } from './runtime.ts'

/** The runtime that RUNTIME names; callers never ask which one it is. */
export const chooseRuntime = (_settings: { runtime: 'auto' | 'docker' }): Runtime => dockerRuntime
