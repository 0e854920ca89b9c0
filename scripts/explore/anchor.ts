const prefix = 'relation-'

/**
 * The anchor of a relation, in the HTML, the Markdown and the diagrams alike: `relation-public.meteo`. Whatever may not
 * stand in an address as it is becomes its code point between tildes (`"` is `~22~`), so two names never share one, and
 * nothing of a name can break out of an attribute.
 */
export const anchorOf = (id: string): string =>
  prefix + id.replace(/[^A-Za-z0-9._-]/gu, character => `~${character.codePointAt(0)?.toString(16)}~`)
