export type JsonSchema = Readonly<Record<string, unknown>>

/** The parts of OpenAPI 3.1 that the Studio's own document uses. */
export interface OpenApiDocument {
  openapi: string
  info: { title: string; version: string; description: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> }
}

export interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, Content> }
  responses: Record<string, OperationResponse>
}

export interface Parameter {
  name: string
  in: "path" | "query"
  required: boolean
  description?: string
  schema: JsonSchema
}

export interface OperationResponse {
  description: string
  content?: Record<string, Content>
}

export interface Content {
  schema?: JsonSchema
  example?: unknown
  /** Examples of failures, one per code. */
  examples?: Record<string, { summary?: string; value: unknown }>
}
