import { modelList, type ModelList } from "#lib/protocol/agents.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"

export const list = route({
  method: "GET",
  path: "/v1/models",
  summary: "The models there are to choose from",
  scope: "agents:read",
  replies: {
    200: { description: "What the providers offer, and what has a price.", shape: modelList },
  },
  async run({ runtime }) {
    const models = await runtime.models.list()
    const body: ModelList = {
      models: models.map((model) => ({
        id: model.id,
        provider: model.provider,
        is_default: model.isDefault,
      })),
      default_model: runtime.models.defaultModel,
    }
    return jsonReply(200, body)
  },
})
