import { DeclarationError } from '../core/errors.ts'

/**
 * Checks a Redis URL, and returns it as it may be shown: without its password.
 *
 * @throws DeclarationError for anything but redis://, rediss:// and unix:// URLs.
 */
export function showableEndpoint(url: string): string {
  const parsed = parse(url)
  if (!parsed) {
    throw new DeclarationError(
      'redisStore.url',
      'is no Redis URL; write redis://[[user]:password@]host[:port][/db], rediss://… or unix:///path',
    )
  }
  if (parsed.password !== '') parsed.password = '***'
  return parsed.href
}

/** Undefined for what the client would not take either. Without a reason: the text may hold a password. */
function parse(url: string): URL | undefined {
  try {
    const parsed = new URL(url)
    const { username, password, pathname } = parsed
    for (const part of [username, password, pathname]) decodeURIComponent(part)
    const isUsable = url.startsWith('unix:')
      ? /^unix:\/\/\/[^?#]/.test(url)
      : /^rediss?:\/\//.test(url) && /^(\/\d*)?$/.test(pathname)
    return isUsable ? parsed : undefined
  } catch {
    return undefined
  }
}
