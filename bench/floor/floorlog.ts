import { frame, name, redis, serveFloor, start, type Turn, type Variant } from "./front.ts"

const running = `${name}:running`
const logOf = (conversation: string) => `${name}:log:${conversation}`

// Also appends each token to a Redis stream; readers resume from it, and turns of a killed process
// restart with the next one.
const variant: Variant = {
  emit(turn, event, data) {
    turn.seq += 1
    void redis.xadd(logOf(turn.conversation), `${turn.seq}-1`, event, data)
    void redis.publish(name, turn.conversation + frame(turn.seq, event, data))
  },
  async replay(conversation, cursor, response) {
    const rows = await redis.xrange(logOf(conversation), `(${cursor}-1`, "+")
    let frames = ""
    for (const [id, [event = "", data = ""]] of rows) {
      frames += frame(Number.parseInt(id), event, data)
    }
    response.write(frames)
  },
  started: (turn) => redis.hset(running, turn.conversation, turn.text),
  ended: (turn) => redis.hdel(running, turn.conversation),
}
await serveFloor(variant)
for (const [conversation, text] of Object.entries(await redis.hgetall(running))) {
  const turn: Turn = { conversation, text, seq: await redis.xlen(logOf(conversation)) }
  start(variant, turn)
}
