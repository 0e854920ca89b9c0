import type { Column } from './report.ts'

/** Which common values of columns a report may show: it is a file that people send to each other. */
export type Discretion = { hideAll: boolean; sensitive: readonly RegExp[] }

/** Columns whose name says that their values are nobody’s business. Whole words, in snake_case or camelCase. */
export const sensitiveNames: readonly RegExp[] = [
  /pass(word|wd|phrase)?(?![a-z])|pwd|secret|token|api_?key|private_?key|credential|salt(?![a-z])|hash(?![a-z])/i,
  /e_?mail|phone|mobile|fax(?![a-z])|address|street|zip(?![a-z])|postal|postcode/i,
  /(first|last|full|sur|given|family|maiden|user)_?name|birth|(?<![a-z])dob(?![a-z])|gender|nationality/i,
  /ssn(?![a-z])|social_?security|tax_?id|passport|(?<![a-z])iban(?![a-z])|(credit|debit)_?card|card_?(no|num)|cvv|account_?(no|num)/i,
  /salary|income|diagnos|patient|medical|religio|ethnic|(?<![a-z])ip_?addr|mac_?addr|session_?id|cookie/i,
]

/** The column without the values that are nobody’s business; how many and how often stays. */
export function withhold(column: Column, { hideAll, sensitive }: Discretion): Column {
  const { statistics } = column
  if (statistics === null || statistics.common_values === null) return column
  if (!hideAll && !sensitive.some(pattern => pattern.test(column.name))) return column
  return { ...column, statistics: { ...statistics, common_values: null, withheld: true } }
}
