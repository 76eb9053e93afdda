/** A topic by its pattern and id, written as the server writes it: `trades:{agentId}` with 7 is `trades:7`. */
export function topicText(pattern: string, id: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = id[name]
    if (value === undefined || value === '') throw new TypeError(`${pattern}: {${name}} is missing`)
    return value.replaceAll(/[ %:{}]|\p{Cc}/gu, (character) => {
      return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
    })
  })
}
