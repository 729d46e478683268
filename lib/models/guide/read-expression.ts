const lead =
  /^(?:please\s+)?(?:(?:what(?:'s| is| are)|how (?:much|many) (?:is|are)|calculate|compute|work out|evaluate|convert)\s+)?/i

/** Words that may stand in an expression: functions, constants, units. */
const allowed = new Set(
  "sqrt cbrt abs exp log log10 log2 sin cos tan asin acos atan round floor ceil mean median max min sum std factorial gcd lcm pi e mod to in of deg rad km m cm mm mile miles mi yard yards ft feet foot inch inches kg g mg lb lbs oz ton tons liter liters l ml gallon gallons hour hours h minute minutes min second seconds s day days week weeks degc degf kelvin b kb mb gb tb kib mib gib tib kmh mph".split(
    " ",
  ),
)

/** The expression a text asks to be worked out, or null when it is no such text. */
export function readExpression(text: string): string | null {
  if (text.length > 300) return null
  const expression = text
    .replace(lead, "")
    .replace(/[\s=?.!]+$/, (end) => (end.includes("!") && !end.includes("?") ? "!" : ""))
    .replace(/×|\btimes\b|\bmultiplied by\b/gi, "*")
    .replace(/÷|\bdivided by\b/gi, "/")
    .replace(/−|\bminus\b/gi, "-")
    .replace(/\bplus\b/gi, "+")
    .replace(/\bsquared\b/gi, "^2")
    .replace(/\bto the power of\b/gi, "^")
    .replace(/\b(?:the )?square root of\s+([\d.]+)/gi, "sqrt($1)")
    .replace(/°\s*c\b|\b(?:degrees )?celsius\b/gi, "degC")
    .replace(/°\s*f\b|\b(?:degrees )?fahrenheit\b/gi, "degF")
    .replace(/\bln\b/gi, "log")
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .trim()
  if (!/\d/.test(expression) || /^\d{4}-\d{1,2}-\d{1,2}$/.test(expression)) return null
  if (!/^[\p{L}\d\s.,+\-*/^()%!:[\]]+$/u.test(expression)) return null
  const words = expression.match(/[\p{L}_][\p{L}\d_]*/gu) ?? []
  if (words.some((word) => !allowed.has(word.toLowerCase()))) return null
  const hasOperation = /[+*/^%!]|\d\s*-\s*[\d(]|\(|\b(?:to|in|mod)\b/i.test(expression)
  return hasOperation ? expression : null
}
