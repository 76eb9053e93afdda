const LONGEST_KEY = 128
/** What can be seen in ASCII, but for the quotes and the backslash of HTTP's own strings. */
const KEY = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * The key of the header Idempotency-Key, with or without the quotes that the IETF's draft asks for. `missing`: there is
 * no header; `invalid`: it is repeated, too long, or holds what no key may.
 */
export function parseIdempotencyKey(
  header: string | readonly string[] | undefined,
): { readonly key: string } | 'missing' | 'invalid' {
  // Node joins a repeated header with commas and a space: two keys are none.
  const text = (typeof header === 'object' ? header.join(', ') : (header ?? '')).trim()
  if (text === '') return 'missing'
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  return KEY.test(key) && key.length <= LONGEST_KEY ? { key } : 'invalid'
}
