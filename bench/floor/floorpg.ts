import { frame, name, redis, serveFloor, sql, type Turn } from "./front.ts"

interface Gathered {
  turn: Turn
  event: string
  data: string
}

let gathered: Gathered[] = []
let isFlushing = false

// Publishes only committed rows: tokens collect while an insert is in flight, the next insert takes
// those of all turns, and publishing follows its commit.
async function flush(): Promise<void> {
  isFlushing = true
  while (gathered.length > 0) {
    const batch = gathered
    gathered = []
    const rows = batch.map(({ turn, event, data }) => ({ turn, event, data, seq: (turn.seq += 1) }))
    await sql`
      insert into floor_events (conversation_id, seq, event, data)
      select * from unnest(
        ${rows.map((row) => row.turn.conversation)}::uuid[], ${rows.map((row) => row.seq)}::int[],
        ${rows.map((row) => row.event)}::text[], ${rows.map((row) => row.data)}::text[])`
    const byTurn = new Map<Turn, string>()
    for (const row of rows) {
      byTurn.set(row.turn, (byTurn.get(row.turn) ?? "") + frame(row.seq, row.event, row.data))
    }
    const pipeline = redis.pipeline()
    for (const [turn, frames] of byTurn) pipeline.publish(name, turn.conversation + frames)
    void pipeline.exec()
  }
  isFlushing = false
}

await serveFloor({
  emit(turn, event, data) {
    gathered.push({ turn, event, data })
    if (!isFlushing) void flush()
  },
})
