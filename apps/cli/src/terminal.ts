import { createInterface } from 'node:readline';
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
      const lines = createInterface({ input: process.stdin });
      for await (const text of lines) return text.trim();
      return '';
    },
    async input() {
      let text = '';
      for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
      return text;
    },
  };
}
