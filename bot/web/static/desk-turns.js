// What the desk's page is asked to do, one thing after the other: forms to send, pages to load.

/** A form's value as text by which it can be compared; a field without a file has one of no name, made just now. */
export const asText = (value) => (value.name ? [value.name, value.size, value.lastModified].join() : String(value));

const inFull = (data) => JSON.stringify([...data].map(([name, value]) => [name, asText(value)]));
const isPage = (turn) => !turn.data;

/**
 * Nothing that is asked for is lost while something else is under way: it comes after that.
 *
 * A form comes once, however often it is pressed. Behind all forms, which are about what was shown,
 * comes the page that was asked for last. Behind a form that was refused comes nothing: the reader is
 * first told of that.
 */
export class Turns {
  now = null;
  waiting = [];
  #take;
  #rest;

  /** `take` does what a turn asks for and tells whether it was done; `rest` is called when all are over. */
  constructor(take, rest) {
    this.#take = take;
    this.#rest = rest;
  }

  /** Ask for `url`, with the data of a form or, for a page, null; true once it was done. */
  ask(asked) {
    const twin = [this.now, ...this.waiting].find((turn) => turn && isSame(turn, asked));
    if (twin) return twin.done;
    const turn = { ...asked, stop: new AbortController() };
    turn.done = new Promise((settle) => (turn.settle = settle));
    if (isPage(turn)) this.#leaveOut(isPage);
    this.waiting.push(turn);
    if (this.now && isPage(this.now)) this.#putOff(this.now, isPage(turn));
    this.waiting.sort((one, other) => Number(isPage(one)) - Number(isPage(other)));
    if (!this.now) this.#work();
    return turn.done;
  }

  /** Until all that has been asked for is over. */
  async over() {
    await Promise.all([this.now, ...this.waiting].map((turn) => turn?.done));
  }

  /** A page that is on its way comes later, or, as another is asked for, not at all. */
  #putOff(turn, isReplaced) {
    turn.stop.abort();
    if (isReplaced) turn.settle(false);
    else this.waiting.push({ ...turn, stop: new AbortController() });
  }

  #leaveOut(isOut) {
    for (const turn of this.waiting.filter(isOut)) turn.settle(false);
    this.waiting = this.waiting.filter((turn) => !isOut(turn));
  }

  async #work() {
    while ((this.now = this.waiting.shift() ?? null)) {
      const { now } = this;
      const isDone = await this.#take(now);
      if (!now.stop.signal.aborted) now.settle(isDone);
      if (!isPage(now) && !isDone) this.#leaveOut(() => true);
    }
    this.#rest();
  }
}

function isSame(turn, asked) {
  return asked.data && turn.data && turn.url === asked.url && inFull(turn.data) === inFull(asked.data);
}
