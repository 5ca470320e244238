import type { Scope } from "./scope.js";

/** A container that several tests look at: made when the first asks for it, given up after a failure. */
export class IdleContainer {
  #scope: Scope | undefined;
  #name: Promise<string> | undefined;
  readonly #newScope: () => Scope;

  /** @param newScope makes the scope of the next container. */
  constructor(newScope: () => Scope) {
    this.#newScope = newScope;
  }

  /** @throws what the engine says when it cannot be made, to every test that asks until it can. */
  name(): Promise<string> {
    if (this.#name === undefined) {
      this.#scope = this.#newScope();
      this.#name = this.#scope.start({ process: { env: ["IDLE=yes"] } });
    }
    return this.#name;
  }

  /** Removes it; whoever asks next gets another one. */
  async giveUp(): Promise<void> {
    const scope = this.#scope;
    this.#scope = undefined;
    this.#name = undefined;
    await scope?.dispose();
  }
}
