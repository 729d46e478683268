interface Bar {
  key: string
  /** Read by screen readers and shown on hover. */
  words: string
  value: number
  /** A highlighted share of the bar: failed turns, output tokens. */
  part?: number
}

interface BarChartProps {
  title: string
  /** The headline figure: a sum or a typical value. */
  figure: string
  note: string
  bars: readonly Bar[]
  /** Colour of the highlighted share. */
  partLook?: "error" | "tool"
}

const height = 64

/** One measure over time. The table below holds the same numbers in accessible form. */
export function BarChart({ title, figure, note, bars, partLook = "tool" }: BarChartProps) {
  const top = Math.max(...bars.map((bar) => bar.value), 0)
  const scale = (value: number) => (top === 0 ? 0 : (height * value) / top)
  return (
    <figure className="min-w-0">
      <figcaption className="text-micro text-ink-3 font-medium">{title}</figcaption>
      <p className="text-h2 mt-0.5 font-semibold tabular-nums">{figure}</p>
      <p className="text-micro text-ink-3 min-h-4">{note}</p>
      <svg
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a drawing made of elements, not a file
        role="img"
        aria-label={`${title} by day, highest ${bars.find((bar) => bar.value === top)?.words ?? "none"}`}
        viewBox={`0 0 ${Math.max(1, bars.length) * 10} ${height}`}
        preserveAspectRatio="none"
        className="mt-3 h-16 w-full border-b"
      >
        {bars.map((bar, index) => (
          <g key={bar.key}>
            <title>{bar.words}</title>
            <rect x={index * 10} y={0} width={10} height={height} fill="transparent" />
            <rect
              x={index * 10 + 1.5}
              y={height - scale(bar.value)}
              width={7}
              height={scale(bar.value)}
              className="fill-trace-model"
            />
            {bar.part !== undefined && bar.part > 0 && (
              <rect
                x={index * 10 + 1.5}
                y={height - Math.max(1, scale(bar.part))}
                width={7}
                height={Math.max(1, scale(bar.part))}
                className={partLook === "error" ? "fill-trace-error" : "fill-trace-tool"}
              />
            )}
          </g>
        ))}
      </svg>
    </figure>
  )
}
