import { emitKeypressEvents } from "node:readline";
import ansiEscapes from "ansi-escapes";
import type { FrameSize } from "./frame.js";
import type { Key } from "./state.js";

/** The part of a terminal's input that is used here. */
export interface KeyInput extends NodeJS.ReadableStream {
  isTTY?: boolean;
  setRawMode?: (mode: boolean) => unknown;
}

/** The part of a terminal's output that is used here. */
export interface ScreenOutput extends NodeJS.EventEmitter {
  columns?: number;
  rows?: number;
  write(text: string): boolean;
}

export interface ScreenOptions {
  input: KeyInput;
  output: ScreenOutput;
  onKey: (key: Key) => void;
  onResize: () => void;
  /** Where the end of the process is told. Default: this process. */
  lifetime?: Pick<NodeJS.Process, "on" | "off">;
}

/** The whole terminal, until it is given back. */
export interface Screen {
  readonly size: FrameSize;
  paint(lines: readonly string[]): void;
  /** Gives the terminal back as it was; a second time nothing happens. */
  close(): void;
  /** Takes the terminal again after {@link close}, e.g. when the process goes on. */
  open(): void;
}

/**
 * Takes the whole terminal: another screen, no cursor, keys as they are pressed. It is given back
 * when the process ends, however that comes.
 */
export function openScreen(options: ScreenOptions): Screen {
  const { input, output, onKey, onResize, lifetime = process } = options;
  let isOpen = false;
  const keypress = (_text: string | undefined, key: Key): void => onKey(key);
  const screen: Screen = {
    get size() {
      return { width: output.columns || 80, height: output.rows || 24 };
    },
    paint(lines) {
      if (!isOpen) return;
      const whole = lines.map((line) => line + ansiEscapes.eraseEndLine).join("\r\n");
      output.write(
        ansiEscapes.beginSynchronizedOutput +
          ansiEscapes.cursorTo(0, 0) +
          whole +
          ansiEscapes.eraseDown +
          ansiEscapes.endSynchronizedOutput,
      );
    },
    open() {
      if (isOpen) return;
      isOpen = true;
      output.write(ansiEscapes.enterAlternativeScreen + ansiEscapes.cursorHide);
      emitKeypressEvents(input);
      input.setRawMode?.(true);
      input.on("keypress", keypress);
      input.resume();
      output.on("resize", onResize);
      lifetime.on("exit", screen.close);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      lifetime.off("exit", screen.close);
      output.off("resize", onResize);
      input.off("keypress", keypress);
      input.setRawMode?.(false);
      input.pause();
      output.write(ansiEscapes.cursorShow + ansiEscapes.exitAlternativeScreen);
    },
  };
  screen.open();
  return screen;
}
