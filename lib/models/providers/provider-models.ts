import type { Log } from "#lib/log.ts"
import { field, listIn, parseJson, textIn } from "#lib/models/wire/json.ts"

import type { ModelsRequest, ProviderName } from "./providers.ts"

const freshMs = 10 * 60_000
/** Backoff after a failure, so that an unreachable provider does not delay every request. */
const retryMs = 60_000
/** How long `list` waits for a provider whose models are not cached yet. */
const waitMsMax = 2_000
const loadMsMax = 10_000
const bodyBytesMax = 4 * 1024 * 1024
const modelsMax = 1_000

/** Models that answer no chat, by the words in their names. */
const otherKinds =
  /(?:^|[-_/:.])(?:embed(?:ding)?s?|whisper|tts|dall-e|moderation|rerank(?:er)?|transcribe|realtime|sora|image|audio|babbage|davinci)(?:$|[-_/:.\d])/i
/** Names that can be written as `provider/name` and sent back. */
const usableName = /^[^\s\p{C}]{1,150}$/u

interface Known {
  names: readonly string[]
  /** When to ask again. */
  staleAtMs: number
  loading: Promise<void> | null
  /** Somebody has waited for it in vain. */
  isSlow: boolean
}

interface ProviderModelsOptions {
  requests: readonly ModelsRequest[]
  log: Log
  nowMs?: () => number
  waitMs?: number
}

/** Model lists of the providers, fetched in the background and cached for ten minutes. */
export class ProviderModels {
  readonly #requests: readonly ModelsRequest[]
  readonly #log: Log
  readonly #nowMs: () => number
  readonly #waitMs: number
  readonly #known = new Map<ProviderName, Known>()

  constructor({ requests, log, nowMs = Date.now, waitMs = waitMsMax }: ProviderModelsOptions) {
    this.#requests = requests
    this.#log = log
    this.#nowMs = nowMs
    this.#waitMs = waitMs
  }

  /**
   * `provider/name` of every model, each provider's in order. A provider whose models are known is
   * never waited for, others for two seconds; one that does not answer has none.
   */
  async list(): Promise<string[]> {
    const lists = await Promise.all(this.#requests.map((request) => this.#namesOf(request)))
    return lists.flat()
  }

  async #namesOf(request: ModelsRequest): Promise<string[]> {
    const { provider } = request
    const known = this.#known.get(provider) ?? {
      names: [],
      staleAtMs: 0,
      loading: null,
      isSlow: false,
    }
    this.#known.set(provider, known)
    if (known.loading === null && known.staleAtMs <= this.#nowMs()) {
      known.loading = this.#load(request, known).finally(() => {
        known.loading = null
        known.isSlow = false
      })
    }
    if (known.loading !== null && known.names.length === 0 && !known.isSlow) {
      known.isSlow = !(await this.#isLoaded(known.loading))
    }
    return known.names.map((name) => `${provider}/${name}`)
  }

  async #isLoaded(loading: Promise<void>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), this.#waitMs)
    void loading.then(() => resolve(true))
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Never rejects: without an answer the models known before stay. */
  async #load({ provider, url, headers }: ModelsRequest, known: Known): Promise<void> {
    const signal = AbortSignal.timeout(loadMsMax)
    try {
      const response = await fetch(url, { headers, signal, redirect: "error", cache: "no-store" })
      const text = await readBounded(response)
      const names = response.ok ? namesIn(parseJson(text)?.value) : []
      if (names.length === 0) throw new Error(`status ${response.status}, no list of models`)
      known.names = names
      known.staleAtMs = this.#nowMs() + freshMs
    } catch (error) {
      known.staleAtMs = this.#nowMs() + retryMs
      this.#log.info({ err: error, provider }, "a provider did not say which models it has")
    }
  }
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8")
  let text = ""
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new Error("the list of models is too long")
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** OpenAI's and Anthropic's `data`, Ollama's `models`, or the list itself. */
function namesIn(value: unknown): string[] {
  const lists = [listIn(value, "data"), listIn(value, "models"), Array.isArray(value) ? value : []]
  const entries = lists.find((list) => list.length > 0) ?? []
  const names = entries.slice(0, modelsMax * 2).flatMap((entry) => {
    const name =
      typeof entry === "string"
        ? entry
        : (textIn(entry, "id") ?? textIn(entry, "name") ?? textIn(entry, "model"))
    const isChat = field(entry, "type") !== "embedding"
    return name !== undefined && isChat && usableName.test(name) && !otherKinds.test(name)
      ? [name]
      : []
  })
  return [...new Set(names)].toSorted((one, other) => one.localeCompare(other)).slice(0, modelsMax)
}
