/** All tables, in an order in which each finds what it refers to. */
export const tableOrder = [
  'person',
  'name_word',
  'login',
  'refresh_token',
  'device',
  'register',
  'conversation',
  'entry',
  'member',
  'marker',
  'marker_step',
] as const;

export type TableName = (typeof tableOrder)[number];
