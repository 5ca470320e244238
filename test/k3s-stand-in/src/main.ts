import { basename } from "node:path";
import { readKnobs } from "./knobs.ts";

/** `k3s` and, by its first argument, the tools that it carries. */
async function main(argv: string[]): Promise<void> {
  const [command = "", ...args] = argv;
  const knobs = readKnobs(process.env);
  switch (command) {
    case "server":
    case "agent": {
      const { run } = await import("./run.ts");
      return run(command, args, knobs);
    }
    case "--version":
    case "-v": {
      const { versionText } = await import("./cli/version.ts");
      process.stdout.write(versionText(knobs.version));
      return;
    }
    case "kubectl": {
      const { runKubectl } = await import("./cli/kubectl.ts");
      return runKubectl(args, knobs);
    }
    case "etcd-snapshot": {
      const { runEtcdSnapshot } = await import("./server/etcd-snapshot-command.ts");
      return runEtcdSnapshot(args, knobs);
    }
    case "ctr":
    case "crictl": {
      const { runImageTool } = await import("./images/cli.ts");
      return runImageTool(command, args, knobs);
    }
    case "warm-up": {
      const { warmUp } = await import("./cli/warm-up.ts");
      return warmUp();
    }
    default: {
      const { helpText } = await import("./cli/help.ts");
      process.stdout.write(
        command === "" || command === "help" || command === "--help" || command === "-h"
          ? helpText()
          : `No help topic for '${basename(command)}'\n`,
      );
      process.exitCode = command === "" || /help|-h/.test(command) ? 0 : 3;
    }
  }
}

await main(process.argv.slice(2));
