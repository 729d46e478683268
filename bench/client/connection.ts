import { connect, type Socket } from "node:net"

interface Answer {
  status: number
  body: string
}

const answerLimitMs = 30_000

/**
 * A kept-alive HTTP connection that sends prepared bytes and parses only the minimum of a response:
 * the client shares the machine with the server under measurement, so it must be cheap.
 */
export class Connection {
  readonly #socket: Socket
  #text = ""
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setTimeout(answerLimitMs, () => socket.destroy(new Error("no answer in time")))
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
    socket.on("error", (error) => this.#settle?.reject(error))
    socket.on("close", () => this.#settle?.reject(new Error("the connection closed")))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1")
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject)
    })
    return new Connection(socket)
  }

  send(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#settle = null
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#text += chunk.toString("latin1")
    const head = this.#text.indexOf("\r\n\r\n")
    if (head < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#text.slice(0, head))
    if (length === null) throw new Error("an answer without Content-Length")
    const end = head + 4 + Number(length[1])
    if (this.#text.length < end) return
    const answer = {
      status: Number(this.#text.slice(9, 12)),
      body: this.#text.slice(head + 4, end),
    }
    this.#text = this.#text.slice(end)
    const settle = this.#settle
    this.#settle = null
    settle?.resolve(answer)
  }
}
