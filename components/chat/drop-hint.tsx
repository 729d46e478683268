/** Overlay shown while files are dragged over the page. */
export function DropHint() {
  return (
    <div className="rounded-4 border-line-control bg-paper/90 text-read pointer-events-none absolute inset-2 z-10 grid place-items-center border-2 border-dashed">
      Drop files to attach them
    </div>
  )
}
