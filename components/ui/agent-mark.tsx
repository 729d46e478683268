import { cn } from "./cn.ts"

const rows = [2, 6.75, 11.5] as const

/** An agent's icon: three bars positioned by its id; never an image. */
export function AgentMark({
  agentId,
  size = 14,
  className,
}: {
  agentId: string
  size?: number
  className?: string
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="currentColor"
      aria-hidden="true"
      className={cn("flex-none", className)}
    >
      {barsOf(agentId).map((bar, index) => (
        <rect key={rows[index]} x={bar.x} y={rows[index]} width={bar.width} height={2.5} rx={0.6} />
      ))}
    </svg>
  )
}

function barsOf(agentId: string): { x: number; width: number }[] {
  let hash = 2_166_136_261
  for (let at = 0; at < agentId.length; at++) {
    hash = Math.imul(hash ^ agentId.charCodeAt(at), 16_777_619) >>> 0
  }
  return rows.map((_row, index) => {
    const part = (hash >>> (index * 8)) & 0xff
    const width = 5 + (part % 10)
    return { x: 1 + ((part >>> 4) % (15 - width)), width }
  })
}
