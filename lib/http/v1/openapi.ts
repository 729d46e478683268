import { jsonTextReply } from "../reply.ts"
import { publicRoute } from "../route.ts"

/** Takes the document lazily, because it describes the list that contains this route. */
export function openapiRoute(createDocument: () => object) {
  let json: string | null = null
  return publicRoute({
    method: "GET",
    path: "/openapi.json",
    summary: "This document",
    replies: { 200: { description: "OpenAPI 3.1.", contentTypes: ["application/json"] } },
    async run() {
      json ??= JSON.stringify(createDocument())
      return jsonTextReply(200, json)
    },
  })
}
