import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { noEngine } from './place.ts'
import type { Toolkit } from './toolkit.ts'

/** Entries that pg_basebackup never writes, each an old way out of the folder that is unpacked into. */
const scripts = {
  'a path with ../': `echo evil > ../escaped; tar -P -rf "$1" ../escaped; rm ../escaped`,
  'an absolute path': `echo evil > "$2/escaped"; tar -P -rf "$1" "$2/escaped"; rm "$2/escaped"`,
  'a symbolic link': `ln -s "$2" way_out; tar -rf "$1" way_out`,
  'a file behind a symbolic link': `ln -s "$2" way_out; tar -rf "$1" way_out; rm way_out; mkdir way_out; echo evil > way_out/escaped; tar -rf "$1" way_out/escaped`,
  'a hard link': `echo one > one; ln one two; tar -rf "$1" one two`,
  'a device': `mknod disk b 7 0; tar -rf "$1" disk`,
}
export type EvilEntry = keyof typeof scripts
/** Without root nobody makes a device, neither the attacker nor tar. */
const mayMakeDevices = !noEngine || process.getuid?.() === 0
export const evilEntries = (Object.keys(scripts) as EvilEntry[]).filter(
  kind => mayMakeDevices || kind !== 'a device',
)

/** Appends the entry to an uncompressed archive. */
export async function addEvilEntry(toolkit: Toolkit, archive: string, kind: EvilEntry): Promise<void> {
  const outside = dirname(toolkit.dataDir)
  await toolkit.asRoot(
    `work=$(mktemp -d); mkdir "$work/inside"; cd "$work/inside"; set -- '${archive}' '${outside}'; ${scripts[kind]}; rm -rf "$work"`,
  )
}

/** Where the entries above would have been written to. */
export function expectNothingEscaped(toolkit: Toolkit): void {
  expect(existsSync(`${dirname(toolkit.dataDir)}/escaped`)).toBe(false)
}
