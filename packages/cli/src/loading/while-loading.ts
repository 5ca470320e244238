/** So long the code of a plug-in may take to be imported, in milliseconds. */
const LIMIT_MS = 10_000;

/** Directories whose code must not end the process now. */
const loading = new Map<string, number>();
let realExit: typeof process.exit | undefined;

let prepare = (): void => {};

/** What is done before code of others is imported for the first time. */
export function beforeLoading(work: () => void): void {
  prepare = work;
}

/**
 * Imports code of others: what it throws, that it ends the process, and that it never ends are
 * errors all the same.
 *
 * @param root directory of the package that is imported
 */
export async function whileLoading<T>(
  root: string,
  work: () => Promise<T>,
  limitMs = LIMIT_MS,
): Promise<T> {
  prepare();
  prepare = () => {};
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it is not imported within ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    return await withoutExit(root, () => Promise.race([work(), late]));
  } finally {
    clearTimeout(timer);
  }
}

/** Makes an error of it when code below a directory ends the process meanwhile. */
export async function withoutExit<T>(root: string, work: () => Promise<T>): Promise<T> {
  keepAlive(root);
  try {
    return await work();
  } finally {
    letGo(root);
  }
}

function keepAlive(root: string): void {
  loading.set(root, (loading.get(root) ?? 0) + 1);
  if (realExit !== undefined) return;
  const exit = process.exit.bind(process);
  realExit = process.exit;
  process.exit = (code) => {
    const { stack = "" } = new Error("process.exit");
    if ([...loading.keys()].some((directory) => stack.includes(directory)))
      throw new Error("it ends the process when it is imported");
    return exit(code);
  };
}

function letGo(root: string): void {
  const count = (loading.get(root) ?? 1) - 1;
  if (count > 0) loading.set(root, count);
  else loading.delete(root);
  if (loading.size > 0 || realExit === undefined) return;
  process.exit = realExit;
  realExit = undefined;
}
