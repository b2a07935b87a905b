/** What a page says to the service worker. */
export type MessageToWorker =
  /** To be told by the system, unless somebody looks at a page of ours. A later one of the same tag takes its place. */
  | { readonly kind: 'notify'; readonly tag: string; readonly title: string; readonly body: string; readonly path: string }
  /** What it told of was read. */
  | { readonly kind: 'dismiss'; readonly tags: readonly string[] };

/** What the service worker says to a page: somebody pressed a notification. */
export type MessageToPage = { readonly kind: 'open'; readonly path: string };
