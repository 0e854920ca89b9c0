import { sizes } from './layout.ts'

export type Theme = 'auto' | 'light' | 'dark'

export type Colours = {
  background: string
  /** Texts that matter, and those that matter less. */
  ink: string
  muted: string
  grid: string
  series: readonly string[]
}

/**
 * Eight colours that people who do not see red or green can tell apart, and that stand out from the background
 * (WCAG 1.4.11: 3 to 1). theme.test.ts proves both. The ninth is for what is summed up.
 */
export const light: Colours = {
  background: '#ffffff',
  ink: '#1a1d21',
  muted: '#5b626b',
  grid: '#e3e6ea',
  series: ['#0072b2', '#d55e00', '#2c1877', '#c27e95', '#6e351a', '#977cfa', '#a24852', '#3a22ce', '#777777'],
}

export const dark: Colours = {
  background: '#16191d',
  ink: '#f1f3f5',
  muted: '#a9b1ba',
  grid: '#2f353c',
  series: ['#56b4e9', '#e69f00', '#ff5c88', '#34ebdc', '#fcd35f', '#b53c7f', '#3b5cf5', '#857d21', '#9aa0a6'],
}

/** The style sheet of the picture. Renderers that know no media queries show the light one. */
export function styleSheet(theme: Theme): string {
  if (theme === 'dark') return shapes + rules(dark)
  if (theme === 'light') return shapes + rules(light)
  return `${shapes}${rules(light)}@media (prefers-color-scheme: dark){${rules(dark)}}`
}

const shapes = [
  `text{font-size:${sizes.text}px}`,
  `.small{font-size:${sizes.label}px}`,
  `.title{font-size:${sizes.title}px;font-weight:600}`,
  '.end{text-anchor:end}',
  '.middle{text-anchor:middle}',
  '.line{fill:none;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}',
  '.band{fill-opacity:.22}',
  '.area{stroke-width:.8}',
  '.hatch{stroke-width:1.2;stroke-opacity:.5}',
].join('')

const rules = ({ background, ink, muted, grid, series }: Colours): string =>
  [
    `.background{fill:${background}}`,
    `.ink{fill:${ink}}`,
    `.muted{fill:${muted}}`,
    `.grid{stroke:${grid}}`,
    `.axis{stroke:${muted}}`,
    `.hatch{stroke:${muted}}`,
    // Thin lines of the background between areas: neighbours are told apart by more than their colour.
    `.area{stroke:${background}}`,
    ...series.map((colour, at) => `.line${at}{stroke:${colour}}.fill${at}{fill:${colour}}`),
  ].join('')
