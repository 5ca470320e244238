import { versionLine } from "./version.js";

/**
 * Runs the command line.
 *
 * A bare version question is answered before oclif is loaded, which halves its time.
 *
 * @param argv arguments after the program name
 * @param binUrl file URL of the executable; oclif finds the package and its manifest from it
 */
export async function main(argv: string[], binUrl: string): Promise<void> {
  if (argv.length === 1 && (argv[0] === "version" || argv[0] === "--version")) {
    process.stdout.write(versionLine() + "\n");
    return;
  }
  const { runOclif } = await import("./run-oclif.js");
  await runOclif(argv, binUrl);
}
