import type { z } from "zod"

/** The query parameters, in the form Next passes to a page. */
type AddressParameters = Readonly<Record<string, string | string[] | undefined>>

/** The valid filters among a page's query parameters; unknown and invalid ones are dropped. */
export function validFilters<Query extends z.ZodObject<Record<string, z.ZodType>>>(
  query: Query,
  parameters: AddressParameters,
): z.output<Query> {
  const given = Object.entries(query.shape).flatMap(([name, shape]) => {
    const value = parameterOf(parameters, name)
    const isValid = value !== undefined && shape.safeParse(value).success
    return isValid ? [[name, value] as const] : []
  })
  return query.parse(Object.fromEntries(given))
}

/** The first value of a parameter; an empty one counts as absent. */
export function parameterOf(parameters: AddressParameters, name: string): string | undefined {
  const value = [parameters[name]].flat()[0]
  return value === "" ? undefined : value
}
