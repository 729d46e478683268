/** One sentence for a moment, with at most one thing to do about it. */
export async function notify(
  sentence: string,
  options: { durationMs?: number; action?: { label: string; onClick: () => void } } = {},
): Promise<void> {
  const { toast } = await import("sonner")
  toast(sentence, {
    ...(options.durationMs === undefined ? {} : { duration: options.durationMs }),
    ...(options.action === undefined ? {} : { action: options.action }),
  })
}
