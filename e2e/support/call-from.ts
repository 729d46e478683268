import type { Page } from "playwright-core"

/** Calls an endpoint from within the page. */
export async function callFrom<T>(
  page: Page,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  return await page.evaluate(
    async ({ method, path, body }) => {
      const answer = await fetch(path, {
        method,
        ...(body === undefined
          ? {}
          : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return await answer.json()
    },
    { method, path, body },
  )
}

/** Creates a conversation without opening it. @returns its address */
export async function begin(page: Page, ...texts: string[]): Promise<string> {
  const { agents } = await callFrom<{ agents: { id: string }[] }>(page, "GET", "/v1/agents")
  const { id } = await callFrom<{ id: string }>(page, "POST", "/v1/api/conversations", {
    agent_id: agents[0]?.id,
  })
  for (const text of texts) {
    await callFrom(page, "POST", `/v1/api/conversations/${id}/messages`, { text })
  }
  return `/c/${id}`
}
