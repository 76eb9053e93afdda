import { type Denylist, denylist } from 'holdfast'

export const revoked = denylist({
  key: 'revoked:{jti}',
  about: 'Access tokens that were revoked before their end.',
  longest: '1d',
})

/** What a token says, once its signature was checked. */
interface Claims {
  readonly jti: string
  readonly sub: string
  readonly exp: number
}

/** What every request asks: whose token is this? Throws DeniedError, and what `verify` throws. */
export function userOf(
  tokens: Denylist<{ jti: string }>,
  token: string,
  verify: (token: string) => Promise<Claims>,
): Promise<string> {
  return tokens.verdict(token, async () => {
    const { jti, sub, exp } = await verify(token)
    return { id: { jti }, until: new Date(exp * 1_000), value: sub }
  })
}

/** Ends a token before its time. */
export function end(tokens: Denylist<{ jti: string }>, { jti, exp }: Claims): Promise<void> {
  return tokens.deny({ jti }, new Date(exp * 1_000))
}
