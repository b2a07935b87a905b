import { Worker } from 'node:worker_threads';

type Waiting<Answer> = { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void };
export type Numbered<Content> = { readonly number: number; readonly content: Content };

/**
 * A thread that answers questions one after the other, away from the serving thread and after it: it asks the system for a low priority.
 * It starts at the first question, and does not keep the process alive while nothing is asked.
 */
export class BackgroundThread<Question, Answer> implements AsyncDisposable {
  readonly #script: URL;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | null = null;
  #number = 0;

  /** @param script a module that calls `answerQuestions` */
  constructor(script: URL) {
    this.#script = script;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  ask(content: Question): Promise<Answer> {
    const question: Numbered<Question> = { number: ++this.#number, content };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.set(question.number, { resolve, reject });
    const worker = this.#worker ?? this.#start();
    worker.ref();
    worker.postMessage(question);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#script);
    this.#worker = worker;
    worker.on('message', ({ number, content }: Numbered<Answer>) => {
      this.#waiting.get(number)?.resolve(content);
      this.#waiting.delete(number);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => this.#fail(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#fail(worker, new Error('a background thread ended')));
    return worker;
  }

  /** Whoever waits is told; the next question starts a new thread. */
  #fail(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
