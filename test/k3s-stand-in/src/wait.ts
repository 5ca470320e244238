/** Looks again and again whether `condition` holds; resolves once it does. */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  { everyMs }: { everyMs: number },
): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, everyMs));
}
