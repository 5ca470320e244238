interface Breaking {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * The stream, with its errors heard: one without a listener would end the process when it breaks.
 * For streams whose failure somebody else tells, and those that may break before they are read.
 * Whoever listens as well still meets the error.
 */
export function quietly<S extends Breaking>(stream: S): S {
  stream.on("error", () => undefined);
  return stream;
}
