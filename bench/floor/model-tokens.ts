import { Agent, request, type IncomingMessage } from "node:http"

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

/** Calls the model and emits its tokens on arrival: the minimum work of any product. */
export function readModel(url: string, text: string, onToken: (text: string) => void) {
  return new Promise<void>((resolve, reject) => {
    const body = JSON.stringify({
      model: "bench",
      stream: true,
      messages: [{ role: "user", content: text }],
    })
    const call = request(`${url}/chat/completions`, {
      method: "POST",
      agent,
      headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) },
    })
    call.on("error", reject)
    call.on("response", (response: IncomingMessage) => {
      let rest = ""
      response.setEncoding("utf8")
      response.on("data", (piece: string) => {
        const lines = (rest + piece).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) {
          if (!line.startsWith("data: {")) continue
          const { choices }: { choices: { delta: { content?: string } }[] } = JSON.parse(
            line.slice(6),
          )
          const token = choices[0]?.delta.content
          if (token !== undefined) onToken(token)
        }
      })
      response.on("end", resolve)
      response.on("error", reject)
    })
    call.end(body)
  })
}
