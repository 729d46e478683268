const sentencesMax = 4

/** An extractive summary: the kind of text, and its highest-scoring sentences, in order. */
export function summarizeText(filename: string, contentType: string, text: string): string {
  if (/\bjson\b/.test(contentType)) {
    const summary = summarizeJson(text)
    if (summary !== null) return summary
  }
  if (/\bcsv\b/.test(contentType) || filename.toLowerCase().endsWith(".csv")) {
    return summarizeCsv(text)
  }
  const words = text.match(/[\p{L}\p{N}'’-]+/gu)?.length ?? 0
  const lines = text.split("\n").length
  const size = `${count(words, "word")} in ${count(lines, "line")}`
  const sentences = weightiestSentences(text)
  if (sentences.length === 0) return `${size}.`
  return `${size}. Its weightiest sentences:\n\n${sentences.map((s) => `- ${s}`).join("\n")}`
}

function summarizeJson(text: string): string | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // Cut after a page, or no JSON at all: it is summarised as text.
    if (error instanceof SyntaxError) return null
    throw error
  }
  if (Array.isArray(value)) return `A JSON list of ${count(value.length, "entry", "entries")}.`
  if (typeof value !== "object" || value === null) return `The JSON value \`${String(value)}\`.`
  const keys = Object.keys(value)
  const shown = keys.slice(0, 15).map((key) => `\`${key.slice(0, 60)}\``)
  const more = keys.length > shown.length ? ", …" : ""
  return `A JSON object with ${count(keys.length, "key")}: ${shown.join(", ")}${more}.`
}

function summarizeCsv(text: string): string {
  const rows = text.split(/\r?\n/).filter((line) => line.trim() !== "")
  const head = rows[0] ?? ""
  const separator = [";", "\t", ","].find((mark) => head.includes(mark)) ?? ","
  const columns = head.split(separator).map((name) => name.trim().replaceAll('"', ""))
  const shown = columns.slice(0, 20).map((name) => `\`${name.slice(0, 60)}\``)
  return `A table with ${count(Math.max(0, rows.length - 1), "row")} and ${count(columns.length, "column")}: ${shown.join(", ")}.`
}

function weightiestSentences(text: string): string[] {
  const sentences = text
    .replace(/^\s*[#>*-]+\s*/gm, "")
    .split(/(?<=[.!?])\s+(?=\p{Lu})|\n{2,}/u)
    .map((sentence) => sentence.replace(/\s+/g, " ").trim())
    .filter((sentence) => sentence.length >= 25 && sentence.length <= 400)
    .slice(0, 2000)
  const weights = wordWeights(sentences)
  const scored = sentences.map((sentence, index) => {
    const words = contentWords(sentence)
    const sum = words.reduce((total, word) => total + ((weights.get(word) ?? 1) - 1), 0)
    // The first sentence usually names the topic.
    return { sentence, index, score: (sum / Math.sqrt(words.length + 4)) * (index === 0 ? 1.5 : 1) }
  })
  return scored
    .toSorted((a, b) => b.score - a.score)
    .slice(0, Math.min(sentencesMax, Math.ceil(sentences.length / 2)))
    .toSorted((a, b) => a.index - b.index)
    .map(({ sentence }) => sentence)
}

function wordWeights(sentences: readonly string[]): Map<string, number> {
  const weights = new Map<string, number>()
  for (const sentence of sentences) {
    for (const word of new Set(contentWords(sentence))) {
      weights.set(word, (weights.get(word) ?? 0) + 1)
    }
  }
  return weights
}

function contentWords(sentence: string): string[] {
  return sentence.toLowerCase().match(/\p{L}{4,}/gu) ?? []
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
