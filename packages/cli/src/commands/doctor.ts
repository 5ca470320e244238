import { homedir } from "node:os";
import {
  examine,
  EXIT_CODES,
  fileKubeconfigStore,
  isK3dError,
  type Examination,
  type K3dError,
  type K3dServices,
} from "@k3d/core";
import {
  count,
  createPaint,
  K3dCommand,
  namedEngine,
  list,
  outputFlag,
  supportsUnicode,
  wantsColors,
  writeResult,
} from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { assembleHere } from "../config/assemble.js";
import { countLeftovers, pluginReport, runtimeReports } from "../doctor/installed.js";
import { localMachine } from "../doctor/local-machine.js";
import { configFile, configFileFlag } from "../flags/create.js";
import { doctorText } from "../views/doctor.js";

export default class Doctor extends K3dCommand<Examination> {
  static override summary = "Look for what keeps clusters from working";
  static override description = `Look at the container engine, its machine, the network and k3d's own files, and say for each finding what to do. Nothing is changed. A container and a network are made for a moment, from a node image that is there already; nothing is pulled.

Say what you are about to create with --nodes, --port, --image or --config, to check whether that will work. Exit code 0: no problem, though maybe warnings; ${EXIT_CODES.CHECKS_FAILED}: at least one problem; other codes are errors.`;
  static override examples = [
    "<%= config.bin %> doctor",
    "<%= config.bin %> doctor --nodes 5 --port 80:80",
    "<%= config.bin %> doctor --config k3d.yaml --json",
  ];
  static override flags = {
    nodes: count({
      summary: "Number of servers and agents to run (default: those of the config)",
      min: 1,
    }),
    port: list({
      char: "p",
      summary: "Host port to publish, as in cluster create; can be repeated",
      helpValue: "[HOST:]HOSTPORT:PORT",
    }),
    image: Flags.string({ char: "i", summary: "Image of the nodes", helpValue: "IMAGE" }),
    config: configFileFlag,
    output: outputFlag,
  };

  protected override async execute(): Promise<Examination> {
    const { flags } = await this.parse(Doctor);
    const { config, warnings } = await assembleHere(
      { image: flags.image, port: flags.port },
      configFile(flags.config),
    );
    for (const warning of warnings) await this.tell("warn", warning);
    const { signal } = this;
    const services = await this.#connect(config.options.runtime.name);
    const progress = await this.progress();
    const examination = await examine(
      {
        nodes: flags.nodes ?? config.servers + config.agents,
        config,
        engine: isK3dError(services) ? services : services.collaborators,
        runtimes: () => runtimeReports(this.config, signal, namedEngine(flags)),
        plugins: () => pluginReport(this.config),
        ...(isK3dError(services)
          ? {}
          : { leftovers: (options) => countLeftovers(services, options) }),
        kubeconfigStore: fileKubeconfigStore(process.env, homedir()),
        machine: localMachine(),
        env: process.env,
        now: () => Date.now(),
      },
      { signal, events: progress },
    );
    if (examination.status === "problem") process.exitCode = EXIT_CODES.CHECKS_FAILED;
    if (this.format === "text") {
      progress.close();
      this.#print(examination);
    }
    return examination;
  }

  /** What there is to connect to, or why there is nothing. */
  async #connect(configuredRuntime: string | undefined): Promise<K3dServices | K3dError> {
    try {
      return await this.services({ configuredRuntime });
    } catch (error) {
      if (isK3dError(error, "RUNTIME_UNAVAILABLE")) return error;
      throw error;
    }
  }

  /** With colours, which a rendered result may not have: a foreign text could bring its own. */
  #print(examination: Examination): void {
    this.printsItself = true;
    const { stdout } = process;
    const text = doctorText(examination, {
      paint: createPaint(wantsColors(stdout, process.env)),
      unicode: supportsUnicode(process.env, process.platform),
      width: stdout.isTTY ? stdout.columns : undefined,
    });
    writeResult(`${text}\n`, stdout);
  }
}
