import type { createLogUpdate as CreateLogUpdate } from "log-update";

/** Keeps some lines at the bottom of a terminal up to date. */
export interface Painter {
  paint(lines: string[]): void;
  /** Prints above them. */
  print(text: string): void;
  clear(): void;
}

/** A {@link Painter} on log-update, which is loaded only when a terminal is there. */
export async function loadPainter(stream: NodeJS.WriteStream): Promise<Painter> {
  const { createLogUpdate } = await import("log-update");
  return wrapLogUpdate(createLogUpdate, stream);
}

function wrapLogUpdate(create: typeof CreateLogUpdate, stream: NodeJS.WriteStream): Painter {
  const update = create(stream);
  return {
    paint: (lines) => update(lines.join("\n")),
    print: (text) => update.persist(text),
    clear: () => {
      update.clear();
      update.done();
    },
  };
}
