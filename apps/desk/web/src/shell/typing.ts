/** True when a key belongs to a text field or to a browser shortcut, and is not ours to take. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true
  const target = event.target
  return target instanceof HTMLElement && target.closest('input:not([type=radio]), textarea, select') !== null
}
