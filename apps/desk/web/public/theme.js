// Runs before the first paint, so a remembered theme never flashes. src/theme/theme.ts takes over afterwards.
;(() => {
  let remembered = null
  try {
    remembered = localStorage.getItem('holdfast.theme')
  } catch {
    // Storage may be blocked; the system's preference is used then.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.theme =
    remembered === 'light' || remembered === 'dark' ? remembered : system
})()
