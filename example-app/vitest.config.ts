// Without it vitest would take the settings of a folder above.
export default {}
