/** An operation of the API as the reference shows it. */
export interface ApiOperation {
  id: string
  method: string
  path: string
  summary: string
  /** Null = anyone; empty = any credential. */
  scope: string | null
  parameters: ApiField[]
  body: { isRequired: boolean; fields: ApiField[]; example: string } | null
  answers: ApiAnswer[]
  errors: ApiError[]
}

export interface ApiField {
  name: string
  type: string
  place: "path" | "query" | "body"
  isRequired: boolean
  description: string
}

export interface ApiAnswer {
  status: string
  description: string
  contentType: string | null
  example: string | null
}

export interface ApiError {
  status: string
  code: string
  meaning: string
}

export interface ApiGroup {
  name: string
  operations: ApiOperation[]
}
