import type { Bus } from "#lib/redis/bus.ts"
import type { RedisKeys } from "#lib/redis/keys.ts"
import type { Doorbell } from "#lib/turns/dependencies.ts"

import type { Driver } from "./driver.ts"

interface Wire {
  bus: Bus
  keys: RedisKeys
}

/** A ring wakes a driver for all that is queued: a busy process need not ring for each message. */
const ringEveryMs = 5

/** Rings the driver of this process when it can take the turn, else those of the others. */
export function createDoorbell({ bus, keys, driver }: Wire & { driver: Driver | null }): Doorbell {
  const channel = keys.driverChannel()
  let isRinging = false
  let isRungAgain = false
  const ringOthers = () => {
    isRungAgain = isRinging
    if (isRinging) return
    isRinging = true
    bus.publish(channel, "queued")
    setTimeout(() => {
      isRinging = false
      if (isRungAgain) ringOthers()
    }, ringEveryMs).unref()
  }
  return {
    ring() {
      if (driver?.hasRoom()) driver.ring()
      else ringOthers()
    },
    stop(turnId) {
      if (driver?.interrupt(turnId) !== true) bus.publish(channel, `stop ${turnId}`)
    },
  }
}

/** Subscribes a driver to the rings of other processes. @returns a function that unsubscribes */
export function listenToDoorbell({ bus, keys, driver }: Wire & { driver: Driver }): () => void {
  const subscription = bus.subscribe(keys.driverChannel(), (message) => {
    const [word, turnId] = message.split(" ")
    if (word === "queued") driver.ring()
    else if (word === "stop" && turnId !== undefined) driver.interrupt(turnId)
  })
  // A wire that is away costs speed only: the driver polls.
  subscription.ready.catch(() => {})
  return () => subscription.close()
}
