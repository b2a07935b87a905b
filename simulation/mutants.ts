/** A piece of a production file, found exactly once, and what stands there instead. */
export type Patch = { readonly file: string; readonly find: string; readonly put: string };

/** A deliberate defect: what is wrong then, and the little that makes it so. */
export type Mutant = { readonly name: string; readonly patches: readonly Patch[] };

const core = 'packages/core/src';
const sdk = 'packages/sdk/src';
const server = 'apps/server/src';

const defect = (name: string, ...patches: readonly Patch[]): Mutant => ({ name, patches });
const patch = (file: string, find: string, put: string): Patch => ({ file, find, put });

/**
 * Defects put in on purpose, to see that the checks see them. Each is production code with a few words changed while it is loaded into a thread
 * of its own ([mutant-loader.ts](mutant-loader.ts)): what ships knows nothing of them.
 */
export const mutants: readonly Mutant[] = [
  // Of the delivery design.
  defect(
    'a timeout is taken for success',
    patch(
      `${server}/owner/conversation-owner.ts`,
      "    if (outcome === 'ok') this.#settleOk(flight);",
      "    if (outcome !== 'conflict') this.#settleOk(flight);",
    ),
    patch(
      `${server}/owner/conversation-owner.ts`,
      '  settleFailure(failure: StorageFailure): void {\n',
      "  settleFailure(failure: StorageFailure): void {\n    if (failure.outcome === 'unknown') return this.settle('ok');\n",
    ),
  ),
  defect(
    'an operation is recognised only while it is remembered',
    patch(`${server}/owner/load-facts.ts`, 'await store.findOperation(device, n) : null', 'null : null'),
    patch(
      `${server}/owner/load-facts.ts`,
      'const marks = await store.loadMarks(conversation, range);',
      'const marks = (await store.loadMarks(conversation, range)).slice(0, 1);',
    ),
  ),
  defect(
    'members are taken from memory though they have changed',
    patch(`${server}/gateway/hub.ts`, 'if (known && known.memberSeq >= memberSeq) {', 'if (known) {'),
    patch(
      `${server}/owner/conversation-owner.ts`,
      '    if (this.#state && !this.#flight && this.#state.head.seq < headSeq) this.#forget();\n',
      '',
    ),
  ),
  defect(
    'a refusal is given on what is remembered, however old',
    patch(
      `${server}/owner/conversation-owner.ts`,
      'decided.entries.length === 0 && this.#isDoubtful(decided)',
      'decided.entries.length < 0',
    ),
  ),
  defect(
    'what is sent twice is not told again',
    patch(
      `${server}/owner/conversation-owner.ts`,
      "if (verdicts.some((verdict) => verdict.verdict === 'duplicate')) {",
      'if (verdicts.length < 0) {',
    ),
  ),
  defect(
    'whoever was removed is told what comes after',
    patch(`${server}/gateway/hub.ts`, 'const seen = entries.filter((entry) => isVisible(stays, entry.seq));', 'const seen = entries;'),
  ),
  defect(
    'a batch goes before the one before it was answered',
    patch(`${sdk}/sender.ts`, 'this.#flights.has(conversation) || ', ''),
    patch(
      `${sdk}/sender.ts`,
      "    for (const item of batch) this.#show(item, 'sending');\n",
      "    for (const item of batch) this.#show(item, 'sending');\n    for (const item of batch) this.#settling.add(outboxKey(item));\n",
    ),
    patch(
      `${sdk}/sender.ts`,
      '    if (isRefused(answer)) {\n      for (const item of batch)',
      '    for (const item of batch) this.#settling.delete(outboxKey(item));\n    if (isRefused(answer)) {\n      for (const item of batch)',
    ),
  ),
  defect(
    'it is acknowledged before the commit',
    patch(
      `${server}/owner/conversation-owners.ts`,
      'const outcomes = await this.#options.store.commit({ appends, markers });',
      "const outcomes = appends.map(() => 'ok' as const);\n      void this.#options.store.commit({ appends, markers }).catch(() => {});",
    ),
  ),
  defect(
    'what is new is told from what is old by the clock',
    patch(
      `${sdk}/list-sync.ts`,
      'const held = mirror.rows.get(fresh.conversation);',
      'const held = mirror.rows.get(fresh.conversation);\n      if (held && fresh.activity <= held.activity) continue;',
    ),
  ),
  defect(
    'the chain is not looked at',
    patch(`${sdk}/replica.ts`, "if (own !== null && own !== chain) return { decision: 'diverged' };", ''),
    patch(`${sdk}/pulls.ts`, 'if (head.seq === held.seq) return head.chain !== held.chain;', 'if (head.seq === held.seq) return false;'),
    patch(`${sdk}/pulls.ts`, 'return previous.seq === held.seq && previous.chain !== held.chain;', 'return false;'),
  ),
  defect(
    'what is sent again gets a new number',
    patch(
      `${sdk}/sender.ts`,
      '    this.#open = true;\n',
      '    this.#open = true;\n    for (const item of [...this.#context.mirror.outbox.values()]) void this.#renumber(item);\n',
    ),
  ),
  defect(
    'one’s own messages count as unread',
    patch(`${core}/marker.ts`, 'return head.ord - marker.readOrd - (head.mine - marker.readMine);', 'return head.ord - marker.readOrd;'),
  ),
  defect(
    'the marker that comes last stays',
    patch(`${core}/marker.ts`, 'const read = one.readSeq >= other.readSeq ? one : other;', 'const read = other;'),
    patch(
      `${core}/marker.ts`,
      'const receivedSeq = Math.max(one.receivedSeq, other.receivedSeq) as Seq;',
      'const receivedSeq = other.receivedSeq;',
    ),
  ),
  defect(
    'old operations are forgotten by the index that recognises them',
    patch(
      `${server}/owner/load-facts.ts`,
      'const marks = await store.loadMarks(conversation, range);',
      'const marks = (await store.loadMarks(conversation, range)).slice(0, 1);',
    ),
    patch(
      `${server}/adapters/memory/memory-log-store.ts`,
      '    for (const entry of entries) {\n      this.#operations.set(',
      '    if (this.#operations.size > 16) this.#operations.clear();\n    for (const entry of entries) {\n      this.#operations.set(',
    ),
  ),
  defect(
    'what was missed is not pulled',
    patch(`${sdk}/pulls.ts`, "else if (decision.decision === 'gap') this.#hint(conversation, entries.at(-1));", ''),
    patch(
      `${sdk}/pulls.ts`,
      'if (head.seq > tail.position.seq) this.#hint(conversation, head);',
      'if (head.seq > tail.position.seq) return;',
    ),
  ),
  defect(
    'an old head is taken for a log that went back',
    patch(
      `${sdk}/pulls.ts`,
      '    if (head.seq > tail.position.seq) this.#hint(conversation, head);',
      "    if (head.seq < tail.position.seq) this.#context.writer.commit([changeOf('tails', conversation, { before: tail.before, position: head })]);\n    if (head.seq > tail.position.seq) this.#hint(conversation, head);",
    ),
  ),
  defect(
    'a store that went back uses its numbers again',
    patch(`${sdk}/leader.ts`, "if (operationNumber > (mirror.meta.counter ?? 0)) return 'behind';", ''),
    patch(`${sdk}/sender.ts`, "if (result.error === 'superseded' || result.error === 'id_reuse') {", 'if (result.retryable) {'),
  ),
  defect(
    'what the servers lost is not sent again',
    patch(`${sdk}/replica.ts`, '  return lost.flatMap((entry) => {', '  return lost.slice(lost.length).flatMap((entry) => {'),
  ),
  defect(
    'a new device sends what waited as its own',
    patch(
      `${sdk}/sender.ts`,
      '    const predecessor = ',
      '    if (batch[0]?.heir != null) return this.#inherit(batch[0]);\n    const predecessor = ',
    ),
  ),
  defect(
    'the outbox is cleared by the acknowledgement',
    patch(
      `${sdk}/sender.ts`,
      "    this.#show(item, 'acknowledged');\n",
      "    this.#context.writer.commit([changeOf('outbox', outboxKey(item), null)]);\n",
    ),
  ),
  defect(
    'where a message was made is told by the number alone, without the chain',
    patch(`${core}/conversation-log/decide.ts`, 'facts.chainAtAfter === after.chain', 'facts.chainAtAfter !== null'),
    // An index of all operations would hide it; a log that is kept in pieces has none.
    patch(
      `${server}/adapters/memory/memory-log-store.ts`,
      '    for (const entry of entries) {\n      this.#operations.set(',
      '    this.#operations.clear();\n    for (const entry of entries) {\n      this.#operations.set(',
    ),
  ),
  defect(
    'an evicted store keeps its device',
    patch(
      `${sdk}/client-core.ts`,
      '  #mintDevice(): DeviceId {\n    return this.platform.environment.id() as DeviceId;',
      "  #mintDevice(): DeviceId {\n    return this.#options.label.replace(/[^a-f0-9]/g, '').padStart(26, '0') as DeviceId;",
    ),
  ),

  // Others to be feared.
  defect(
    'a tab goes on writing though another leads',
    patch(`${sdk}/store-writer.ts`, "if (epoch !== this.#epoch) throw new Fenced('another tab leads');", ''),
  ),
  defect('a head is never told again', patch(`${server}/owner/conversation-owners.ts`, '      owner.announce();\n', '')),
  defect(
    'what stands behind one that must wait goes on',
    patch(`${server}/owner/decide-job.ts`, "    if (verdict.verdict === 'stopped') break;\n", ''),
  ),
  defect(
    'what a slow socket was not told is forgotten',
    patch(`${server}/gateway/outgoing.ts`, '    if (!this.#heldHeads) return;\n', '    return;\n'),
    patch(`${server}/gateway/outgoing.ts`, '  holdSync(): void {\n    this.#heldMore = true;\n', '  holdSync(): void {\n'),
  ),
  defect(
    'the number of a message is not stored with it',
    patch(
      `${sdk}/outbox.ts`,
      "changes: [metaChange('counter', n), changeOf('outbox', outboxKey(item), item)]",
      "changes: [changeOf('outbox', outboxKey(item), item)]",
    ),
  ),
  defect(
    'a marker is told before it is durable',
    patch(
      `${server}/owner/conversation-owner.ts`,
      '      const waiting = this.#raises.get(person);\n      const readAt',
      '      this.#publishMarker(person, next, null);\n      const waiting = this.#raises.get(person);\n      const readAt',
    ),
  ),
  defect(
    'what was read is forgotten with the leader',
    patch(`${sdk}/mirror.ts`, 'kept.push(...this.#keepMarks(shown.rows));', 'this.#tell([]);'),
  ),
  defect('what a dead leader was asked is asked of nobody', patch(`${sdk}/client-core.ts`, '    this.#tabs?.askAgain();\n', '')),
  defect(
    'a count goes on over what was passed',
    patch(
      `${sdk}/pulls.ts`,
      "if (!isKnown(mirror.rows.get(conversation)) && !(await this.#hooks.refresh(conversation))) return 'failed';",
      '',
    ),
    patch(`${sdk}/pulls.ts`, '!isKnown(row) || ', ''),
    patch(`${sdk}/replica.ts`, 'if (entry.seq !== next.head.seq + 1) continue;', 'if (entry.seq <= row.head.seq) continue;'),
  ),
  defect(
    'who waits for a log that another loads is not woken',
    patch(
      `${server}/owner/conversation-owner.ts`,
      '    this.#loading = null;\n    if (this.#queue.length > 0 || this.#raises.size > 0) this.#tools.ready(this);\n',
      '    this.#loading = null;\n',
    ),
  ),
  defect(
    'one of the others is enough for a tick',
    patch(
      `${sdk}/conversation-list.ts`,
      'if (receipts.every(({ readSeq }) => readSeq >= seq))',
      'if (receipts.some(({ readSeq }) => readSeq >= seq))',
    ),
  ),
  defect(
    'whoever is no member may write',
    patch(`${core}/conversation-log/decide.ts`, "if (!isMember(state, operation.author)) return refuse('not_a_member');", ''),
  ),
  defect(
    'a register is written over a newer one',
    patch(
      `${server}/adapters/memory/memory-register-store.ts`,
      "if ((current?.ver ?? 0) !== expectVer) return { outcome: 'conflict', current };",
      '',
    ),
  ),
  // Of groups.
  defect(
    'whoever was an admin when they pressed the button still is',
    patch(
      `${core}/conversation-log/decide-group.ts`,
      'return isAtLeast(roleOf(state, author), least) ? null : keptTo(act, least);',
      "return isAtLeast(roleOf(state, author), least) || act !== 'write' ? null : keptTo(act, least);",
    ),
  ),
  defect(
    'whoever joins is shown what was said before',
    patch(`${server}/usecases/load-range.ts`, "visibleRanges(state, reader, wish).at(wish.end === 'first' ? 0 : -1);", 'wish as SeqRange;'),
  ),
  defect(
    'the last owner leaves',
    patch(
      `${core}/conversation-log/decide-group.ts`,
      "=== 'owner') ? null : refuse('owner_needed');",
      "!== 'none') ? null : refuse('owner_needed');",
    ),
  ),
  defect(
    'a new name of a group is not taken over',
    patch(`${sdk}/replica.ts`, "entry.kind === 'describe' && entry.body.title !== undefined ? { title: entry.body.title } : {}", '{}'),
  ),
];
