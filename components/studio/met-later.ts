/**
 * What pages fetch only when it is met, fetched while they have nothing else to do: whoever meets it
 * without a network must not find a hole.
 */
export const metLater = Promise.all([
  import("#components/chat/closed-notice.tsx"),
  import("#components/chat/composer-notice.tsx"),
  import("#components/chat/deep-link.ts"),
  import("#components/chat/drop-hint.tsx"),
  import("#components/chat/error-block.tsx"),
  import("#components/chat/file-chips.tsx"),
  import("#components/chat/queue-tray.tsx"),
  import("#components/palette/palette.tsx"),
  import("#components/sidebar/title-input.tsx"),
  import("#components/ui/open-menu.tsx"),
  import("./shortcuts-dialog.tsx"),
]).then(
  () => performance.mark("met-later"),
  // Without a network now, they are fetched when they are met.
  () => null,
)
