/** Shows one sentence briefly, with at most one action. */
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
