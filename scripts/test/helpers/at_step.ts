import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The environment by which a script runs a shell command just before the first of its steps that fits: a call of
 * node's file functions (`mkdir /the/path`) or a program that it starts (`spawn docker run …`). So the disk is really
 * full, really read-only, the engine really gone, at exactly that step.
 */
export const atStep = (when: RegExp, command: string): Record<string, string> => ({
  NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'step_hook.js'))}`,
  STEP_WHEN: when.source,
  STEP_DO: command,
})

/** Said by the script when the step came; without it a test would have tested nothing. */
export const stepReached = /^step: /m
