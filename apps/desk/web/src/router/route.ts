/** The screens and their addresses. Routes live in the hash, so the desk can serve one static file. */
export type Route =
  | { readonly screen: 'market' }
  | { readonly screen: 'asset'; readonly chain: string; readonly asset: string }
  | { readonly screen: 'agents' }
  | { readonly screen: 'state' }

/** Reads `location.hash`. An address that means nothing shows the market. */
export function parseRoute(hash: string): Route {
  const [screen, chain, asset] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decoded)
  if (screen === 'asset' && chain && asset) return { screen, chain, asset }
  if (screen === 'agents' || screen === 'state') return { screen }
  return { screen: 'market' }
}

/** The link to a screen. */
export function hrefOf(route: Route): string {
  switch (route.screen) {
    case 'market':
      return '#/'
    case 'asset':
      return `#/asset/${encodeURIComponent(route.chain)}/${encodeURIComponent(route.asset)}`
    case 'agents':
    case 'state':
      return `#/${route.screen}`
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
