/** The environment by which a script, and nothing else, sees another time: so many days from now. */
export function clockSetTo(days: number): Record<string, string> {
  const shifted = `
const real = Date, shift = ${days * 86_400_000}
globalThis.Date = class extends real {
  constructor(...given) { given.length ? super(...given) : super(real.now() + shift) }
  static now() { return real.now() + shift }
}`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(shifted)}` }
}
