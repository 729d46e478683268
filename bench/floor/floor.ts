import { frame, name, redis, serveFloor } from "./front.ts"

// Each token is published as it comes, and forgotten.
await serveFloor({
  emit(turn, event, data) {
    turn.seq += 1
    void redis.publish(name, turn.conversation + frame(turn.seq, event, data))
  },
})
