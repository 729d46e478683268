export const headLook =
  "text-micro text-ink-3 h-8 border-b px-3 text-left font-medium whitespace-nowrap first:pl-6 last:pr-6 max-sm:first:pl-4 max-sm:last:pr-4"
export const cellLook = "border-b px-3 py-2 first:pl-6 last:pr-6 max-sm:first:pl-4 max-sm:last:pr-4"
