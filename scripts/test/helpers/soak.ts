/** With SOAK=1 also what takes minutes, or is one more of a kind that is tried anyway. */
export const soak = process.env.SOAK === '1'
/** For the name of a test that does not run without it. */
export const whyNotNow = soak ? '' : ' (not run: one more of its kind; SOAK=1)'
