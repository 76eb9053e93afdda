/** Web storage in memory, or one that a browser's settings have blocked. */
export function memoryStorage(options: { blocked?: boolean } = {}): Storage {
  const items = new Map<string, string>()
  const open = (): void => {
    if (options.blocked) throw new DOMException('blocked', 'SecurityError')
  }
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    clear: () => items.clear(),
    getItem: (name) => (open(), items.get(name) ?? null),
    setItem: (name, value) => (open(), void items.set(name, value)),
    removeItem: (name) => void items.delete(name),
  }
}
