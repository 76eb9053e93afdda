/** One string for an asset of a chain. Addresses are compared as the desk sends them: base58 is case-sensitive. */
export type AssetKey = string

/** The key of anything that names a chain and an asset. */
export function assetKey(of: { readonly chain: string; readonly asset: string }): AssetKey {
  return `${of.chain}:${of.asset}`
}
