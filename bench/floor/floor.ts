import { frame, name, redis, serveFloor } from "./front.ts"

// Publishes each token on arrival and stores nothing.
await serveFloor({
  emit(turn, event, data) {
    turn.seq += 1
    void redis.publish(name, turn.conversation + frame(turn.seq, event, data))
  },
})
