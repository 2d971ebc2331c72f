// The follower's side of the wire: what is kept, sent and heard. Draws nothing.
//
// A line the follower writes is kept in this browser until the server has said that it is on disk
// (202), and is resent with the same client_id until then: the server takes the repeats for one.
// What the server holds is heard over one stream, or by asking again where nothing can stream.

const API = "/api/chat";
const PREFIX = "comptoir.";
const SECOND = 1000;
const ATTEMPT = 20 * SECOND; // one request is given up after so long
const FIRST_SIGN = 8 * SECOND; // a stream that says nothing for so long is held back by a proxy: poll
const UPLOAD = 600 * SECOND; // a file may take so long, either way
const SILENCE = 45 * SECOND; // three heartbeats missed: the connection is dead
const POLL = 3 * SECOND;
const POLL_FOR = 60 * SECOND; // then the stream gets another chance

// ── Storage ──────────────────────────────────────────────────────────────────────────────────────

// Storage can be forbidden (private windows, third-party frames) or full: memory then stands in.
const memory = new Map();

export const store = {
  get(key) {
    try {
      return memory.get(key) ?? localStorage.getItem(PREFIX + key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(PREFIX + key, value);
      memory.delete(key);
    } catch {
      memory.set(key, value);
    }
  },
  remove(key) {
    memory.delete(key);
    try {
      localStorage.removeItem(PREFIX + key);
    } catch {
      // There was none to remove.
    }
  },
  keys(start) {
    let keys = [...memory.keys()];
    try {
      const stored = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
      keys = [...new Set([...keys, ...stored.map((key) => key.slice(PREFIX.length))])];
    } catch {
      // Memory is all there is.
    }
    return keys.filter((key) => key.startsWith(start));
  },
};

// One key a line, so that two tabs never overwrite each other's queue.
const keyOf = (line) => `out.${line.client_id}`;

const queue = {
  lines() {
    const lines = store.keys("out.").map((key) => JSON.parse(store.get(key)));
    return lines.filter(Boolean).sort((a, b) => a.at - b.at);
  },
  add(path, body) {
    const last = queue.lines().at(-1)?.at ?? 0; // milliseconds, each line later than the one before
    const line = { client_id: newId(), path, body, at: Math.max(Date.now(), last + 1) };
    store.set(keyOf(line), JSON.stringify(line));
    return line;
  },
  has: (line) => store.get(keyOf(line)) !== null,
  remove: (line) => store.remove(keyOf(line)),
};

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // not a secure context
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ── Small tools ──────────────────────────────────────────────────────────────────────────────────

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Wakes all who wait for it; a wait may also end by time.
class Bell {
  #resolve;
  #rung;

  constructor() {
    this.#hang();
  }

  #hang() {
    this.#rung = new Promise((resolve) => (this.#resolve = resolve));
  }

  ring() {
    this.#resolve();
    this.#hang();
  }

  wait(ms) {
    return ms === undefined ? this.#rung : Promise.race([this.#rung, sleep(ms)]);
  }
}

// A bot that restarts is back within ten seconds: whoever waits for it hears so soon after.
const backoff = (failures) =>
  (0.5 + Math.random() / 2) * Math.min(8 * SECOND, 0.4 * SECOND * 2 ** failures);

function retryAfter(response) {
  const value = response.headers.get("Retry-After") ?? "5";
  const ms = /^\d+$/.test(value) ? Number(value) * SECOND : Date.parse(value) - Date.now();
  return Math.min(Math.max(ms || 0, 0.2 * SECOND), 300 * SECOND);
}

// The token travels in a header only; never in an address, never as a cookie.
function ask(path, { token, body, signal = AbortSignal.timeout(ATTEMPT) } = {}) {
  return fetch(API + path, {
    method: body ? "POST" : "GET",
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    body: body && JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    signal,
  });
}

const isJson = (response) => response.headers.get("Content-Type")?.includes("json") ?? false;

// A 404 without JSON is some proxy's, while the bot restarts: it says nothing about the token.
const isUnknown = (response) =>
  response.status === 401 || (response.status === 404 && isJson(response));

const isPassing = ({ status }) => status >= 500 || status === 408 || status === 425;

// Only one tab sends at a time, so that lines keep their order and one conversation is begun.
const alone = (task) =>
  navigator.locks ? navigator.locks.request("comptoir.send", task) : task();

// Yields each event's data, and "" for a comment, which is the server's heartbeat.
async function* serverSentEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r\n\r\n|\n\n|\r\r/);
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
      yield lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
    }
  }
}

// ── The wire ─────────────────────────────────────────────────────────────────────────────────────

// `page` is told what happens: queued(line), waiting(line, isFailing), acknowledged(line, message),
// refused(line, status), heard({messages}), began(), forgotten(), trouble(kind) with kind
// "offline", "busy" or "", and attended() when another tab has seen the messages.
export class Wire {
  #page;
  #toSend = new Bell();
  #toHear = new Bell();
  #cursor = null;
  #noted = null; // up to where we have said that all was read
  #noting = 0;
  #hearing = new AbortController();
  #aliveAt = 0;
  #attempting = Promise.resolve();
  #sends = "";
  #hears = "";

  constructor(page) {
    this.#page = page;
    addEventListener("online", () => this.wake());
    addEventListener("offline", () => this.#report());
    addEventListener("storage", (event) => this.#fromAnotherTab(event));
  }

  start() {
    for (const line of queue.lines()) this.#page.queued(line);
    this.#report();
    this.#follow();
    this.#deliver();
  }

  get lines() {
    return queue.lines();
  }

  get isBegun() {
    return store.get("token") !== null;
  }

  say(text, files = []) {
    this.#add("/messages", files.length ? { text, files } : { text });
  }

  // Takes a file to the server, to be named in a message: what is to be said of it, or a status.
  async upload(file) {
    try {
      const begun = await alone(async () => this.isBegun || (await this.#begin()).status === 201);
      if (!begun) return { status: 0 };
      const response = await fetch(`${API}/files?name=${encodeURIComponent(file.name)}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${store.get("token")}`,
          "Content-Type": file.type || "application/octet-stream",
        },
        body: file,
        credentials: "omit",
        signal: AbortSignal.timeout(UPLOAD),
      });
      if (response.status !== 201) return { status: response.status };
      const { reference, name, media_type } = await response.json();
      return { status: 201, kept: { reference, name, media_type } };
    } catch {
      return { status: 0 };
    }
  }

  choose(choice) {
    this.#add("/choices", { choice });
  }

  // One request beside the queue, for what need not survive: { ok, status, data }.
  async call(path, body) {
    const token = store.get("token");
    try {
      const response = await ask(path, { token, body });
      const data = isJson(response) ? await response.json() : null;
      return { ok: response.ok, status: response.status, data };
    } catch {
      return { ok: false, status: 0, data: null };
    }
  }

  // A file of a message, or null where it cannot be had.
  async file(message, number) {
    const signal = AbortSignal.timeout(UPLOAD);
    try {
      const response = await ask(`/files/${message}/${number}`, { token: store.get("token"), signal });
      return response.ok ? await response.blob() : null;
    } catch {
      return null;
    }
  }

  // What is before the reader's eyes is not told by e-mail; only who left an address is asked.
  noteRead() {
    clearTimeout(this.#noting);
    if (!store.get("email")) return;
    this.#noting = setTimeout(() => {
      if (this.#cursor === null || this.#cursor === this.#noted) return;
      this.#noted = this.#cursor;
      this.call("/read", { cursor: this.#cursor });
    }, SECOND / 2);
  }

  // Try at once what is waiting; a stream that has long been silent is taken for dead.
  wake() {
    if (Date.now() - this.#aliveAt > SILENCE / 2) this.#hearing.abort();
    this.#report();
    this.#toSend.ring();
    this.#toHear.ring();
  }

  #add(path, body) {
    this.#page.queued(queue.add(path, body));
    this.#toSend.ring();
  }

  #fromAnotherTab({ key, oldValue, newValue }) {
    if (key === `${PREFIX}token`) {
      if (oldValue) this.#forget();
      this.#toHear.ring();
    } else if (key?.startsWith(`${PREFIX}out.`) && newValue) {
      this.#page.queued(JSON.parse(newValue));
      this.#toSend.ring();
    } else if (key === `${PREFIX}seen`) this.#page.attended();
  }

  #report({ sends = this.#sends, hears = this.#hears } = {}) {
    this.#sends = sends;
    this.#hears = hears;
    this.#page.trouble(navigator.onLine ? hears || sends : "offline");
  }

  // The server does not know the token (any more): the next line begins a new conversation.
  #startAnew(token) {
    if (store.get("token") !== token) return; // dealt with already, here or in another tab
    store.remove("token");
    this.#forget();
  }

  #forget() {
    store.remove("seen");
    store.remove("email");
    for (const line of queue.lines()) {
      if (line.path === "/choices") queue.remove(line); // valid in the old conversation only
    }
    this.#cursor = null;
    this.#hearing.abort();
    this.#page.forgotten();
    this.#toHear.ring();
  }

  // ── Sending ────────────────────────────────────────────────────────────────────────────────────

  async #deliver() {
    let failures = 0;
    for (;;) {
      const line = queue.lines()[0];
      if (!line) {
        this.#report({ sends: "" });
        await this.#toSend.wait();
        continue;
      }
      let outcome;
      try {
        this.#attempting = alone(() => this.#attempt(line));
        outcome = await this.#attempting;
      } catch {
        outcome = { failed: true }; // no connection, or no answer in time
      }
      failures = outcome.failed ? failures + 1 : 0;
      this.#report({ sends: outcome.failed ? "offline" : outcome.pause ? "busy" : "" });
      if (outcome.failed) this.#page.waiting(line, true);
      if (outcome.pause) await sleep(outcome.pause);
      else if (outcome.failed) await this.#toSend.wait(backoff(failures));
    }
  }

  async #attempt(line) {
    if (!queue.has(line)) return {}; // another tab has sent it
    this.#page.waiting(line, false);
    let token = store.get("token");
    const isNew = token === null;
    if (isNew) {
      const response = await this.#begin();
      if (response.status !== 201) return this.#settle(line, response);
      token = store.get("token");
    }
    const body = { client_id: line.client_id, ...line.body };
    const response = await ask(line.path, { token, body });
    const isChoice = line.path === "/choices"; // whose 404 may be about the choice
    if (response.status === 401 || (!isChoice && isUnknown(response))) {
      this.#startAnew(token);
      return { failed: isNew };
    }
    return this.#settle(line, response);
  }

  async #begin() {
    const response = await ask("/conversations", { body: {} });
    if (response.status !== 201) return response;
    store.set("token", (await response.json()).token);
    this.#toHear.ring();
    this.#page.began();
    return response;
  }

  async #settle(line, response) {
    const { status } = response;
    if (status === 202) {
      const { message } = await response.json();
      queue.remove(line);
      this.#page.acknowledged(line, message);
      this.#toHear.ring();
      return {};
    }
    if (status === 429) return { pause: retryAfter(response) };
    if (isPassing(response) || (status === 404 && !isJson(response))) return { failed: true };
    queue.remove(line);
    this.#page.refused(line, status);
    return {};
  }

  // ── Hearing ────────────────────────────────────────────────────────────────────────────────────

  async #follow() {
    let failures = 0;
    let pollUntil = 0;
    for (;;) {
      const token = store.get("token");
      if (token === null) {
        this.#report({ hears: "" });
        await this.#toHear.wait();
        continue;
      }
      this.#hearing = new AbortController();
      const startedAt = (this.#aliveAt = Date.now());
      let outcome;
      try {
        outcome = await (startedAt < pollUntil ? this.#poll(token) : this.#stream(token));
      } catch {
        outcome = {};
      }
      if (outcome.mute) pollUntil = Date.now() + POLL_FOR;
      failures = outcome.heard ? 1 : failures + 1;
      this.#report({ hears: failures > 1 && !outcome.mute ? "offline" : "" });
      const moved = outcome.mute || store.get("token") !== token;
      if (!moved) await this.#toHear.wait(outcome.pause ?? backoff(failures));
    }
  }

  async #poll(token) {
    const response = await this.#fetch("/messages", token, AbortSignal.timeout(ATTEMPT));
    if (!response.ok) return this.#unheard(response, token);
    await this.#absorb(await response.json(), token);
    return { heard: true, pause: POLL };
  }

  async #stream(token) {
    const { signal } = this.#hearing;
    const outcome = { heard: false, mute: false };
    const giveUp = () => {
      outcome.mute = !outcome.heard && navigator.onLine;
      this.#hearing.abort();
    };
    let patience = setTimeout(giveUp, FIRST_SIGN);
    try {
      const response = await this.#fetch("/events", token, signal);
      const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream");
      if (response.ok && !isStream) return { mute: true };
      if ([404, 405, 406, 501].includes(response.status) && !isUnknown(response))
        return { mute: true };
      if (!response.ok) return this.#unheard(response, token);
      for await (const data of serverSentEvents(response.body)) {
        if (signal.aborted) break;
        clearTimeout(patience);
        patience = setTimeout(giveUp, SILENCE);
        outcome.heard = true;
        this.#aliveAt = Date.now();
        if (data) await this.#absorb(JSON.parse(data), token);
        else this.#report({ hears: "" });
      }
    } catch {
      // Aborted or cut: what was heard until then counts.
    } finally {
      clearTimeout(patience);
    }
    return outcome;
  }

  #fetch(path, token, signal) {
    const query = this.#cursor === null ? "" : `?after=${encodeURIComponent(this.#cursor)}`;
    return ask(path + query, { token, signal });
  }

  #unheard(response, token) {
    if (isUnknown(response)) this.#startAnew(token);
    return response.status === 429 ? { pause: retryAfter(response) } : {};
  }

  async #absorb({ messages, cursor }, token) {
    // Whose line it is that came back is known by its client_id, else by the answer to the request
    // still under way: a moment's patience, and the line is not shown twice.
    if (messages.some((message) => message.from === "follower" && !message.client_id)) {
      await Promise.race([this.#attempting.catch(() => {}), sleep(SECOND)]);
    }
    if (store.get("token") !== token) return; // begun anew meanwhile
    for (const message of messages) {
      if (message.client_id) queue.remove(message); // it is on disk, whatever became of our request
    }
    this.#page.heard(messages);
    this.#cursor = cursor;
    this.#report({ hears: "" });
  }
}
