/** The screens and their addresses. Routes live in the hash, so the desk can serve one static file. */
export type Route =
  | { readonly screen: 'market' }
  | { readonly screen: 'asset'; readonly chain: string; readonly asset: string }
  | { readonly screen: 'agents' }
  | { readonly screen: 'agent'; readonly id: string; readonly part: AgentPart }
  | { readonly screen: 'state' }

/** What can be seen of one agent. */
export type AgentPart = 'trading' | 'settings'

/** Reads `location.hash`. An address that means nothing shows the market. */
export function parseRoute(hash: string): Route {
  const [screen, first, second] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decoded)
  if (screen === 'asset' && first && second) return { screen, chain: first, asset: second }
  if (screen === 'agents' && first) {
    return { screen: 'agent', id: first, part: second === 'settings' ? 'settings' : 'trading' }
  }
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
    case 'agent':
      return `#/agents/${encodeURIComponent(route.id)}${route.part === 'settings' ? '/settings' : ''}`
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
