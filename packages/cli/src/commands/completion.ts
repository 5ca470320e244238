import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { completionNodes, type CompletionNode } from "../completion/model.js";

const SHELLS = ["bash", "zsh", "fish", "powershell", "psh"] as const;
type Shell = (typeof SHELLS)[number];

export default class Completion extends K3dCommand<string> {
  static override summary = "Print a completion script for a shell";
  static override description = `Print a script that completes commands, flags, their values, and the names of clusters and nodes.

To load it in every new shell:

bash:        echo 'source <(k3d completion bash)' >> ~/.bashrc
zsh:         k3d completion zsh > "\${fpath[1]}/_k3d"
fish:        k3d completion fish > ~/.config/fish/completions/k3d.fish
PowerShell:  k3d completion powershell >> $PROFILE`;
  static override examples = ["source <(<%= config.bin %> completion bash)"];
  static override args = {
    shell: Args.string({ description: "Shell", required: true, options: [...SHELLS] }),
  };

  protected override async execute(): Promise<string> {
    const { args } = await this.parse(Completion);
    const { config } = this;
    const nodes = completionNodes(config.commands, config.topics);
    return script(args.shell as Shell, config.bin, nodes);
  }

  protected override render(text: string): string {
    return text;
  }

  protected override toJson(text: string): unknown {
    return { script: text };
  }
}

async function script(shell: Shell, bin: string, nodes: CompletionNode[]): Promise<string> {
  switch (shell) {
    case "bash":
      return (await import("../completion/bash.js")).bashCompletion(bin, nodes);
    case "zsh":
      return (await import("../completion/zsh.js")).zshCompletion(bin, nodes);
    case "fish":
      return (await import("../completion/fish.js")).fishCompletion(bin, nodes);
    case "powershell":
    case "psh":
      return (await import("../completion/powershell.js")).powershellCompletion(bin, nodes);
  }
}
