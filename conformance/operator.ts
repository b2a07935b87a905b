import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a log keeps beside an entry and tells nobody. */
export type Evidence = { readonly seq: number; readonly salt: string; readonly digest: string; readonly body: string };

/** What only those who run a server can do. */
export interface Operator {
  /** Tells the server to go down, in peace. */
  stop(): Promise<void>;
  /** From now on its disk takes nothing. */
  refuseWrites(): Promise<void>;
  takeWrites(): Promise<void>;
  /** Ends a login in the database, so that the running server does not hear of it. */
  endLogin(login: string): Promise<void>;
  evidence(conversation: string): Promise<readonly Evidence[]>;
}

/** A program of the operator's: it is run with a word for what is to be done, and is done when it ends with 0. */
export class OperatorCommand implements Operator {
  readonly #command: string;

  constructor(command: string) {
    this.#command = command;
  }

  async stop(): Promise<void> {
    await run(this.#command, ['stop']);
  }

  async refuseWrites(): Promise<void> {
    await run(this.#command, ['refuse-writes']);
  }

  async takeWrites(): Promise<void> {
    await run(this.#command, ['take-writes']);
  }

  async endLogin(login: string): Promise<void> {
    await run(this.#command, ['end-login', login]);
  }

  async evidence(conversation: string): Promise<readonly Evidence[]> {
    const { stdout } = await run(this.#command, ['evidence', conversation], { maxBuffer: 67_108_864 });
    const list = JSON.parse(stdout) as Evidence[];
    for (const { seq, ...texts } of list) {
      const isFit = Number.isInteger(seq) && [texts.salt, texts.digest, texts.body].every((text) => typeof text === 'string');
      if (!isFit) throw new TypeError(`the operator's evidence of ${conversation} is no list of {seq, salt, digest, body}`);
    }
    return list;
  }
}
