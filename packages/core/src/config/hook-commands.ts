import type { TextRange } from "./expand.js";
import { opensTooMany } from "./yaml-text.js";

/**
 * Where the commands of `hooks` stand in the text of a config file: variables in them are for the
 * shell that runs them. Nothing where the text cannot be read before its variables are expanded.
 */
export async function hookCommandRanges(text: string): Promise<TextRange[]> {
  if (!text.includes("$") || !/^["']?hooks\b/im.test(text) || opensTooMany(text)) return [];
  const { isMap, isScalar, isSeq, parseDocument } = await import("yaml");
  try {
    const { contents } = parseDocument(text, { prettyErrors: false, uniqueKeys: false });
    const field = (map: unknown, name: string): unknown =>
      isMap(map)
        ? map.items.find(({ key }) => isScalar(key) && String(key.value).toLowerCase() === name)
            ?.value
        : undefined;
    const hooks = field(contents, "hooks");
    if (!isSeq(hooks)) return [];
    return hooks.items.flatMap((hook): TextRange[] => {
      const command = field(hook, "command");
      return isScalar(command) && command.range != null
        ? [{ from: command.range[0], to: command.range[1] }]
        : [];
    });
  } catch {
    return [];
  }
}
