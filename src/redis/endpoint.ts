import { DeclarationError } from '../core/errors.ts'

/**
 * Checks a Redis URL, and returns it as it may be shown: without its password.
 *
 * @throws DeclarationError for anything but redis://, rediss:// and unix:// URLs.
 */
export function showableEndpoint(url: string): string {
  const protocol = /^(redis|rediss|unix):/.exec(url)
  let parsed: URL | undefined
  try {
    parsed = new URL(url)
  } catch {
    // Said below, without the text: it may hold a password.
  }
  if (!protocol || !parsed) {
    throw new DeclarationError(
      'redisStore.url',
      'is no Redis URL; write redis://[[user]:password@]host[:port][/db], rediss://… or unix:///path',
    )
  }
  if (parsed.password !== '') parsed.password = '***'
  return parsed.href
}
