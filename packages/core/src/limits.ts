/** Everything is bounded. Each line says what happens at the bound. */
export const limits = {
  /** UTF-16 code units of one message; longer is refused as `malformed`. */
  textLengthMax: 16_000,
  /** Bytes of one frame from a client; a larger one closes the socket (1009). */
  frameSizeBytesMax: 262_144,
  /** That one request may say into an event stream. */
  framesPerPostMax: 1_000,
  /** Bytes of one HTTP body; larger answers 413. */
  httpBodySizeBytesMax: 262_144,
  /** Operations in one `send`; more is refused as `malformed`. */
  operationsPerSendMax: 64,
  /** Entries in one append; the owner cuts longer queues into several. */
  entriesPerAppendMax: 64,
  /** Operations that may wait at one conversation's owner; more are refused as `too_busy`. */
  operationsQueuedMax: 4_096,
  /** How far behind the head an operation may have been made; further answers `resync`. */
  afterDistanceMax: 1_024,
  /** Entries in one answer to a pull or a history page. */
  entriesPerRangeMax: 200,
  /** Bytes of bodies in one answer to a pull; the answer is cut there and says where it ends. */
  rangeSizeBytesMax: 1_048_576,
  /** Rows in one page of conversations. */
  conversationsPerPageMax: 256,
  /** Conversations that a client compares by digest; older ones are paged at leisure. */
  conversationsInDigestMax: 256,
  /** Groups of the digest. */
  digestGroupCount: 64,
  /** Members up to which receipts are told to others. */
  receiptMembersMax: 64,
  /** Members of one conversation. */
  membersMax: 10_000,
  /** People who are banned from one group; more are refused as `too_many_bans`. */
  bansMax: 1_000,
  titleLengthMax: 100,
  membersPerPageMax: 200,
  /** People named as a group is begun; more are added afterwards. */
  membersAtCreationMax: 256,
  /** People whose presence one socket may watch; more is refused as `malformed`. */
  presenceWatchMax: 200,
  /** Registers of one person (drafts, settings); a new one beyond is refused as `too_many_registers`. */
  registersPerPersonMax: 5_000,
  registerKeyLengthMax: 100,
  /** UTF-16 code units of one register's value as JSON. */
  registerValueLengthMax: 20_000,
  handleLengthMin: 3,
  handleLengthMax: 32,
  displayNameLengthMax: 64,
  aboutLengthMax: 500,
  emailLengthMax: 254,
  passwordLengthMin: 8,
  passwordLengthMax: 256,
  deviceLabelLengthMax: 100,
  peopleFoundMax: 20,
  loginsPerPersonMax: 100,
  /** The first frame must come within this time. */
  helloTimeoutMs: 5_000,
  accessTokenLifetimeMs: 600_000,
  refreshTokenLifetimeMs: 90 * 86_400_000,
  /** How long a refresh token just used may be used once more, for two tabs that race. */
  refreshTokenGraceMs: 10_000,
  /** Typing is shown for this long after the last sign of it. */
  typingLeaseMs: 5_000,
  /** A client says at most one typing sign per conversation in this time; the server drops more. */
  typingIntervalMs: 2_000,
  /** Operations held or older than this are not sent before the person was asked. */
  operationAgeMaxMs: 86_400_000,
  /** When "read, and when" is forgotten. */
  markerStepLifetimeMs: 90 * 86_400_000,
} as const;
