import type { Environment } from '@parlour/core/environment';
import type { Connect, Socket } from './platform.ts';

/** A WebSocket that does not open within this is taken for one that no proxy lets through. */
const openMs = 4_000;
/** How long the other way is taken at once, where it worked and the WebSocket did not. */
const rememberedMs = 600_000;

export const loadEventStream = async (environment: Environment): Promise<Connect> =>
  (await import('./event-stream.ts')).eventStreamIn(environment);

export type EitherConnectOptions = {
  readonly webSocket: Connect;
  /** Loaded when it is first needed. */
  readonly loadEventStream: (environment: Environment) => Promise<Connect>;
  readonly environment: Environment;
};

/** [SDK-35] By WebSocket, or by an event stream where no WebSocket opens, or one opens and nothing comes. */
export function connectEither({ webSocket, loadEventStream, environment }: EitherConnectOptions): Connect {
  let streamUntil: number = environment.monotonic();
  const remember = () => {
    streamUntil = environment.monotonic() + rememberedMs;
  };
  const forget = () => {
    streamUntil = environment.monotonic();
  };

  return (url, events) => {
    let socket: Socket | null = null;
    let isOver = false;
    let leave = () => {};
    const end = (code: number) => {
      if (isOver) return;
      isOver = true;
      leave();
      events.onClose(code);
    };

    const openStream = () => {
      let hasOpened = false;
      socket = null;
      leave = () => {
        if (!hasOpened) forget();
      };
      loadEventStream(environment).then(
        (connect) => {
          if (isOver) return;
          const onOpen = () => {
            hasOpened = true;
            remember();
            events.onOpen();
          };
          socket = connect(url, { onOpen, onText: events.onText, onClose: end });
        },
        () => end(1006),
      );
    };

    const openWebSocket = () => {
      let step: 'opening' | 'silent' | 'heard' | 'left' = 'opening';
      const giveUp = () => {
        step = 'left';
        cancel();
        if (!isOver) openStream();
      };
      const cancel = environment.timer(openMs, () => {
        first.close();
        giveUp();
      });
      leave = () => {
        cancel();
        if (step === 'silent') remember();
      };
      const first = webSocket(url, {
        onOpen: () => {
          if (step !== 'opening') return;
          step = 'silent';
          cancel();
          events.onOpen();
        },
        onText: (text) => {
          if (step === 'left') return;
          step = 'heard';
          events.onText(text);
        },
        onClose: (code) => {
          if (step === 'opening') giveUp();
          else if (step !== 'left') end(code);
        },
      });
      socket = first;
    };

    if (environment.monotonic() < streamUntil) openStream();
    else openWebSocket();
    return {
      send: (text) => socket?.send(text),
      close: () => {
        if (isOver) return;
        isOver = true;
        leave();
        socket?.close();
      },
    };
  };
}
