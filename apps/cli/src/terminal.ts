import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** Where results and words go. Results alone are on standard output. */
export interface Terminal {
  /** A result. */
  print(text: string): void;
  /** Words for whoever is there: standard error. */
  say(text: string): void;
  /** What is being done now, on one line that is written over; kept rare where standard error is not a terminal. */
  progress(text: string): void;
  /** The first line of standard input, without its end. `prompt` is shown when somebody types it. */
  line(prompt: string): Promise<string>;
  /** The same, and what is typed is not shown. */
  secret(prompt: string): Promise<string>;
  /** Everything on standard input. */
  input(): Promise<string>;
}

const RARELY_MS = 5000;

/** Words of a result, and of what is said, that stand out where the terminal can show it: `NO_COLOR` and pipes are respected. */
export const strong = (text: string): string => styleText('bold', text, { stream: process.stdout });
export const alarming = (text: string): string => styleText('red', text, { stream: process.stderr });

export function openTerminal(): Terminal {
  let shown = false;
  let last = performance.now();
  const clear = (): void => {
    if (shown) process.stderr.write('\r\u001b[K');
    shown = false;
  };
  return {
    print(text) {
      clear();
      process.stdout.write(`${text}\n`);
    },
    say(text) {
      clear();
      process.stderr.write(`${text}\n`);
    },
    progress(text) {
      if (process.stderr.isTTY) {
        process.stderr.write(`\r\u001b[K${text}`);
        shown = true;
      } else if (performance.now() - last >= RARELY_MS) {
        last = performance.now();
        process.stderr.write(`${text}\n`);
      }
    },
    async line(prompt) {
      if (process.stdin.isTTY) process.stderr.write(prompt);
      return (await firstLine()).trim();
    },
    secret: (prompt) => (process.stdin.isTTY ? unseen(prompt) : firstLine()),
    async input() {
      let text = '';
      for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
      return text;
    },
  };
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const text of lines) return text;
  return '';
}

/** Echoes nothing: the interface writes to a stream that swallows it. */
async function unseen(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise((typed, reject) => {
      lines.once('line', typed).once('SIGINT', () => reject(new DOMException('interrotto', 'AbortError')));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
