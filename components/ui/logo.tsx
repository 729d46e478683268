export function Logo() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" className="flex-none">
      <rect x="1" y="7" width="5" height="6" rx="1" className="fill-trace-model" />
      <rect x="7.5" y="7" width="7" height="6" rx="1" className="fill-trace-tool" />
      <rect x="16.5" y="3" width="2" height="14" className="fill-accent" />
    </svg>
  )
}
