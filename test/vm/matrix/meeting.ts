/** What several do at one place, such as a reboot of the machine that they all use, happens once for all of them. */
export class Meeting {
  readonly #action: () => Promise<void>;
  #expected: number;
  #waiting: PromiseWithResolvers<void>[] = [];

  /**
   * @param expected how many there are
   * @param action what is done when all that have not left wait for it
   */
  constructor(expected: number, action: () => Promise<void>) {
    this.#expected = expected;
    this.#action = action;
  }

  /** Waits for the others; settles as the action does. */
  attend(): Promise<void> {
    const mine = Promise.withResolvers<void>();
    this.#waiting.push(mine);
    this.#beginWhenComplete();
    return mine.promise;
  }

  /** One fewer is waited for: for good. */
  leave(): void {
    this.#expected -= 1;
    this.#beginWhenComplete();
  }

  #beginWhenComplete(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#expected) return;
    const present = this.#waiting;
    this.#waiting = [];
    this.#action().then(
      () => present.forEach(({ resolve }) => resolve()),
      (error: unknown) => present.forEach(({ reject }) => reject(error)),
    );
  }
}
