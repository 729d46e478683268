/**
 * Columns of a table as a statement of ours reads them: a template of SQL names its row type by this,
 * so that a column which is renamed or changed in the schema fails `tsc` there.
 */
export type Row<
  Table extends { $inferSelect: object },
  Column extends keyof Table["$inferSelect"],
> = Pick<Table["$inferSelect"], Column>
