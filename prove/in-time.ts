/** What `promise` comes to, or an error that says `late` after `limitMs`. */
export async function inTime<Value>(promise: Promise<Value>, limitMs: number, late: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), limitMs)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
