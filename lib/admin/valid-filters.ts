import type { z } from "zod"

/** The parameters of an address, as Next hands them to a page. */
type AddressParameters = Readonly<Record<string, string | string[] | undefined>>

/** The filters of a page's address; what is none of the shape's, or not valid, filters nothing. */
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

/** The first of the values of a parameter; an empty one is none. */
export function parameterOf(parameters: AddressParameters, name: string): string | undefined {
  const value = [parameters[name]].flat()[0]
  return value === "" ? undefined : value
}
