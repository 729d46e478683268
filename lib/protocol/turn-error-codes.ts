/** Every `code` a turn's `error` event can carry. @see docs/protocol.md#events */
export const turnErrorCodes = [
  "driver_crashed",
  "turn_timeout",
  "event_rejected",
  "internal",
  "model_unauthorized",
  "model_rate_limited",
  "model_overloaded",
  "model_unreachable",
  "model_stalled",
  "model_cut_off",
  "model_bad_response",
  "model_refused_request",
  "model_not_configured",
  "context_too_long",
] as const
