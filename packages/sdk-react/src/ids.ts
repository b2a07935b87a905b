import type { ConversationView, Login, Me, TimelineItem } from '@parlour/sdk/client';

/** The ids a screen passes on without looking inside. */
export type PersonId = Me['id'];
export type ConversationId = ConversationView['id'];
export type LoginId = Login['id'];
export type Seq = TimelineItem['seq'];
