import { modelList, type ModelList } from "#lib/protocol/agents.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"

export const list = route({
  method: "GET",
  path: "/v1/models",
  summary: "The available models",
  scope: "agents:read",
  replies: {
    200: {
      description: "Models the providers offer, and models with a configured price.",
      shape: modelList,
    },
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
