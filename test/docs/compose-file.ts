import { readFileSync } from 'node:fs'

const lines = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8').split('\n')

/**
 * The lines below a path of keys of compose.yaml, at the left margin. No YAML parser: enough for a file that is
 * formatted and as plain as ours.
 */
export function below(...path: readonly string[]): string[] {
  return path.reduce<string[]>((outer, key) => {
    const start = outer.indexOf(`${key}:`)
    if (start < 0) throw new Error(`compose.yaml has no block ${path.join('.')}`)
    const rest = outer.slice(start + 1)
    const end = rest.findIndex((line) => /^\S/.test(line))
    const block = end < 0 ? rest : rest.slice(0, end)
    const indents = block.filter((line) => line !== '').map((line) => line.search(/\S/))
    return block.map((line) => line.slice(Math.min(...indents)))
  }, lines)
}

/** The value of `key: value` below a path of keys. */
export function valueOf(key: string, ...path: readonly string[]): string | undefined {
  return below(...path)
    .find((line) => line.startsWith(`${key}: `))
    ?.slice(key.length + 2)
}

/** The script in a list of words below a path of keys, as the shell gets it. */
export function scriptIn(...path: readonly string[]): string {
  const list = below(...path)
  const script = list.slice(list.indexOf('- |') + 1).map((line) => line.slice(2))
  return script.join('\n').replaceAll('$$', '$')
}
