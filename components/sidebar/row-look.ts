/** Shared layout of a sidebar row, without its colour. */
export const rowLook =
  "flex h-9 items-center gap-2.5 rounded-2 px-2 text-ui hover:bg-hover touch:h-11 touch:text-base"
