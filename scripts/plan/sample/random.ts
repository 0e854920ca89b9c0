/** Chance that repeats itself: the same seed gives the same numbers on every machine, so samples can be compared. */
export type Random = () => number

/** FNV-1a, 32 bits: turns a name into a seed. */
function hash(name: string): number {
  let value = 0x811c9dc5
  for (const character of name) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return value
}

/** Mulberry32: uniform numbers in [0, 1), one stream per name, such as "meteo_metrics/Bern". */
export function seeded(name: string): Random {
  let state = hash(name)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Close to the normal distribution with mean 0 and deviation 1; never beyond ±3.5. */
export const normal = (random: Random): number =>
  (random() + random() + random() + random() - 2) * Math.sqrt(3)

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random()

/** Noise with a memory: wanders around 0 with the given deviation and forgets over `memory` seconds. */
export function drift(random: Random, stepSeconds: number, memory: number, deviation: number): () => number {
  const keep = Math.exp(-stepSeconds / memory)
  const push = deviation * Math.sqrt(1 - keep * keep)
  let value = deviation * normal(random)
  return () => {
    value = keep * value + push * normal(random)
    return value
  }
}

/**
 * A slow curve between −1 and 1 made of waves with these periods (days). It depends on the moment alone, so that
 * two samples with different ends agree about the days they share.
 */
export function waves(random: Random, periods: readonly number[]): (time: number) => number {
  const parts = periods.map(period => ({
    speed: (2 * Math.PI) / (period * 86_400_000),
    phase: random() * 2 * Math.PI,
  }))
  return time =>
    parts.reduce((sum, { speed, phase }) => sum + Math.sin(time * speed + phase), 0) / parts.length
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value))
