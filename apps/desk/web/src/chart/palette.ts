/** The colours and the typeface of a chart, as canvas needs them. */
export interface Palette {
  readonly font: string
  readonly text: string
  readonly grid: string
  readonly line: string
  readonly area: string
  readonly up: string
  readonly down: string
  readonly volume: string
  readonly tag: string
  readonly tagText: string
  readonly background: string
}

/** Reads the palette of the current theme from the custom properties that apply to `element`. */
export function readPalette(element: Element): Palette {
  const styles = getComputedStyle(element)
  const colour = (name: string): string => styles.getPropertyValue(name).trim()
  return {
    font: styles.fontFamily,
    text: colour('--text-muted'),
    grid: colour('--chart-grid'),
    line: colour('--accent'),
    area: colour('--chart-area'),
    up: colour('--up'),
    down: colour('--down'),
    volume: colour('--chart-volume'),
    tag: colour('--chart-tag'),
    tagText: colour('--chart-tag-text'),
    background: colour('--panel'),
  }
}
