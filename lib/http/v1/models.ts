import { modelList, type ModelList } from "#lib/protocol/agents.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"

export const list = route({
  method: "GET",
  path: "/v1/models",
  summary: "The models this installation can use",
  scope: "agents:read",
  replies: { 200: { description: "All of them.", shape: modelList } },
  async run({ runtime }) {
    const body: ModelList = {
      models: runtime.models.list().map((model) => ({
        id: model.id,
        provider: model.provider,
        is_default: model.isDefault,
      })),
      default_model: runtime.models.defaultModel,
    }
    return jsonReply(200, body)
  },
})
