// Makes the desk's pages live. The server renders everything: this module fetches the board again
// when something has changed and swaps in what differs, so that focus, scroll, selection and typed
// text stay where they are. Without it the same links and forms work by themselves.

import { morph } from "./desk-morph.js";
import { Turns, asText } from "./desk-turns.js";

const words = JSON.parse(document.getElementById("words").textContent);
const element = (id) => document.getElementById(id);
const board = () => element("board");
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// ── The board as it is now ───────────────────────────────────────────────────────────────────────

let heard = Number(board().dataset.cursor); // up to where new items have been announced
const field = () => board().querySelector(".composer textarea");
const hidden = (name) => board().querySelector(`.composer [name=${name}]`);

/** Show a board that the server rendered; `sent` is the reply of this item that has been taken in. */
function show(fresh, sent = null) {
  for (const kept of fresh.querySelectorAll(".kept")) kept.remove(); // the field still holds them
  const seen = fresh.querySelector(".composer [name=seen]")?.value;
  morph(board(), document.adoptNode(fresh), sent !== null);
  if (sent) emptyComposer(sent);
  nameFiles();
  restoreDraft();
  restoreHere();
  unsayHowItStood();
  // What is being typed answers what was there when it was begun: the server asks if more came.
  if (seen && !field().value) hidden("seen").value = seen;
  const { waiting } = board().dataset;
  if (stream && followed !== board().dataset.item) connect();
  document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${words.title}`;
}

/** What has been sent goes to nobody again with the next reply; what was added meanwhile stays. */
function emptyComposer(sent) {
  const text = field();
  text.value = beyond(text.value, sent);
  const gone = sent.getAll("file").map(asText);
  for (const input of board().querySelectorAll(".composer [type=file]")) {
    if ([...input.files].every((file) => gone.includes(asText(file)))) input.value = "";
  }
  for (const also of board().querySelectorAll(".composer [name=also]")) also.checked = false;
}

/** What a text says after a reply that it begins with; all of it where it does not. */
function beyond(text, sent) {
  const said = sent.get("text").replaceAll("\r\n", "\n");
  return text.startsWith(said) ? text.slice(said.length).trimStart() : text;
}

/** Say which files are chosen: the page's button stands in the place of the browser's own. */
function nameFiles() {
  for (const chosen of board().querySelectorAll(".files [type=file]")) {
    const names = [...chosen.files].map((file) => file.name);
    chosen.form.querySelector(".attached").textContent = names.join(", ");
  }
}

// ── Drafts: kept by the server, and here for as long as it has not confirmed them ────────────────

const draftKey = () => `draft-${board().dataset.item}`;
let saving = 0; // the timer of the next save

function restoreDraft() {
  const text = field();
  const typed = text && localStorage.getItem(draftKey());
  if (!typed || text.value !== text.defaultValue) return;
  text.value = typed;
  saveSoon();
}

function saveSoon() {
  saving ||= setTimeout(saveDraft, 700);
}

/** Send what is typed to be kept; on the way out of the page too, which `keepalive` outlives. */
async function saveDraft() {
  clearTimeout(saving);
  saving = 0;
  const text = field();
  const key = draftKey();
  const typed = localStorage.getItem(key);
  if (!text || typed === null || turns.now?.isReply) return;
  const body = new FormData();
  for (const name of ["csrf", "client_id"]) body.set(name, hidden(name).value);
  body.set("text", text.value);
  try {
    const url = `/desk/escalations/${board().dataset.item}/draft`;
    const answer = await fetch(url, { method: "POST", body, keepalive: body.get("text").length < 9000 });
    if (answer.ok && localStorage.getItem(key) === typed) localStorage.removeItem(key);
  } catch {
    // It stays here, and is sent with the next word or once the connection is back.
  }
}

function typed({ target }) {
  if (target === field()) {
    localStorage.setItem(draftKey(), target.value);
    saveSoon();
  } else if (target.matches("#board textarea")) keep(`draft-${target.id}`, target.value);
}

function keep(key, text) {
  if (text.trim()) localStorage.setItem(key, text);
  else localStorage.removeItem(key);
}

/** What else is being written (a note, another wording of a reply) waits in this browser alone. */
function restoreHere() {
  for (const area of board().querySelectorAll("textarea")) {
    const kept = localStorage.getItem(`draft-${area.id}`);
    if (!kept || area.value !== area.defaultValue) continue;
    area.value = kept;
    area.closest("details").open = true;
  }
}

// ── The board once more ──────────────────────────────────────────────────────────────────────────

let refreshing = null; // a promise while one is under way
let again = false;
let turned = 0; // boards that a visit has shown: what was asked for before one is not shown after it

/** Fetch the board once more; calls while one is under way come to one more fetch. */
function refresh() {
  again = true;
  refreshing ??= fetchBoards().finally(() => (refreshing = null));
  return refreshing;
}

async function fetchBoards() {
  while (again && !isLeaving) {
    again = false;
    const asked = turned;
    const { here, item, upto } = board().dataset;
    const shown = `${here}&since=${heard}${item && `&item=${item}`}${upto && `&upto=${upto}`}`;
    try {
      const answer = await fetch(`/desk/fragments/board${shown}`);
      if (answer.status === 401) sessionEnded();
      const html = answer.ok ? await answer.text() : "";
      const isStale = turned !== asked || turns.now !== null;
      if (isStale) again = answer.ok && !turns.now;
      else if (html) {
        const fresh = parse(html).getElementById("board");
        heard = Number(fresh.dataset.cursor);
        announce(fresh.querySelector("#fresh"));
        show(fresh);
      }
    } catch {
      // The event stream notices the lost connection, and calls again when it is back.
    }
  }
}

let isLeaving = false;

function sessionEnded() {
  if (isLeaving) return; // the stream and a fetch both tell it: one way out is enough
  isLeaving = true;
  saveDraft();
  location.assign(`/desk/login?to=${encodeURIComponent(location.pathname + location.search)}`);
}

// ── Acting without leaving the page ──────────────────────────────────────────────────────────────

/** Say above the reply, or where there is none above the page, what went wrong, until the next action. */
function warn(text) {
  const alert = board().querySelector(".composer .alert");
  if (alert) alert.textContent = text;
  else {
    tell(false);
    setTimeout(connect, 2000);
  }
}

const turns = new Turns(take, () => {
  board().removeAttribute("aria-busy");
  if (localStorage.getItem(draftKey()) !== null) saveSoon();
  refresh();
});

/** Load a page of ours in place, or send the data of a form, when its turn has come; true once done. */
function visit(url, data = null, { form = null, isBack = false } = {}) {
  const isReply = form !== null && form.matches(".composer");
  return turns.ask({ url, data, form, isReply, isBack, item: board().dataset.item });
}

/** Do what a turn asks for; true once done. */
async function take({ url, data, form, isReply, isBack, item, stop }) {
  const from = location.href;
  board().setAttribute("aria-busy", "true");
  if (!data) saveDraft();
  clearTimeout(saving);
  saving = 0;
  try {
    const answer = await fetch(url, { signal: stop.signal, ...(data && { method: "POST", body: data }) });
    if (data && answer.status >= 500) {
      warn(words.unserved);
      return false;
    }
    const fresh = parse(await answer.text()).getElementById("board");
    if (!fresh) {
      if (data || !turns.waiting.length) location.assign(data ? location.href : url);
      return false;
    }
    const isSent = isReply && answer.ok;
    if (isSent) keep(`draft-${item}`, beyond(localStorage.getItem(`draft-${item}`) ?? "", data));
    if (answer.ok) for (const area of form?.querySelectorAll("textarea") ?? []) keep(`draft-${area.id}`, "");
    const told = [...fresh.querySelectorAll(".alert[id], .objections, .told")].map((said) => [said.id, said.innerHTML]);
    const seen = fresh.querySelector(".composer [name=seen]")?.value;
    turned += 1;
    show(fresh, isSent ? data : null);
    if (isSent) followUp(url, data);
    if (isReply && seen) hidden("seen").value = seen; // now it has been asked
    for (const [id, html] of told) if (element(id)) element(id).innerHTML = html;
    const { pathname, search } = new URL(answer.url);
    // Where a page comes next, or the reader has gone back meanwhile, the address is not this one's.
    if (location.href === from && !isBack && !turns.waiting.some((one) => !one.data)) {
      if (data && answer.ok) history.replaceState(null, "", pathname + search);
      else if (!data && url !== from) history.pushState(null, "", pathname + search);
    }
    address = location.pathname + location.search;
    return answer.ok;
  } catch {
    if (!stop.signal.aborted) warn(words.unsent);
    return false;
  }
}

/** What was typed on while a reply went out, and sent, is another reply. */
function followUp(url, sent) {
  for (const { data } of turns.waiting.filter((one) => one.url === url)) {
    data.set("text", beyond(data.get("text"), sent));
    for (const name of ["client_id", "seen"]) data.set(name, hidden(name).value);
    for (const name of ["file", "kept", "also"]) data.delete(name);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "logout") {
    event.preventDefault();
    isLeaving = true;
    stream?.close();
    Promise.all([turns.over(), refreshing]).then(saveDraft).finally(() => {
      for (const key of Object.keys(localStorage)) if (key.startsWith("draft-")) localStorage.removeItem(key);
      form.submit();
    });
  }
  if (form.dataset.live === undefined) return;
  event.preventDefault();
  const id = event.submitter?.id;
  const hadFocus = document.activeElement;
  const wasHere = board().contains(hadFocus);
  const data = new FormData(form, event.submitter);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  visit(form.action, body, { form }).then((isDone) => {
    const fold = form.closest("details");
    if (isDone && fold?.isConnected) {
      form.reset();
      fold.open = false;
      fold.querySelector("summary").focus();
      return;
    }
    // What is gone after the press leaves the reader at the reply, or at the name of the item.
    const isThere = !wasHere || (hadFocus.isConnected && hadFocus.checkVisibility());
    const isElsewhere = ![hadFocus, document.body].includes(document.activeElement);
    if (!id || isThere || isElsewhere) return;
    (field()?.checkVisibility() ? field() : board().querySelector(".case h2"))?.focus();
  });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".item, .queue nav a, #back, #widen");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const isItem = link.matches(".item");
  visit(link.href).then((isDone) => {
    if (isItem && isDone) board().querySelector(".case h2")?.focus({ preventScroll: true });
  });
});

/** A file that the network would not take is refused before it is sent. */
document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const { mostFiles, mostBytes, many, large } = target.dataset;
  const big = [...target.files].find((file) => file.size > mostBytes);
  const tooMany = target.files.length > mostFiles ? many : "";
  nameFiles();
  target.setCustomValidity(big ? large.replace("%s", big.name) : tooMany);
  target.reportValidity();
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "search") return;
  event.preventDefault();
  const asked = new URLSearchParams(new FormData(event.target));
  if (!asked.get("q").trim()) asked.delete("q");
  visit(`/desk?${asked}`).then(() => {
    if (asked.has("q")) board().querySelector(".item")?.focus();
  });
});

/** Filters apply at once; without script their button does it. */
document.addEventListener("change", ({ target }) => {
  if (target.form?.id !== "narrow") return;
  const asked = new URLSearchParams(new FormData(target.form));
  visit(`/desk?${asked}`).then(() => element(target.id)?.focus());
});

let address = location.pathname + location.search;
addEventListener("popstate", () => {
  const now = location.pathname + location.search;
  if (now !== address) visit(location.href, null, { isBack: true }); // else only the card was opened or closed
});
document.addEventListener("input", typed);

// ── New requests: title, live region, sound, desktop notification ────────────────────────────────

const isOn = (name, otherwise) => (localStorage.getItem(`desk-${name}`) ?? otherwise) === "on";
let audio = null;

function announce(list) {
  const items = [...(list?.children ?? [])];
  if (!items.length) return;
  const text = items.map((item) => item.textContent).join(" · ");
  element("news").textContent = `${words.one} : ${text}`;
  if (isOn("sound", "off")) chime();
  if (isOn("notify", "off") && window.Notification?.permission === "granted" && !document.hasFocus()) {
    const notice = new Notification(words.one, { body: text.slice(0, 200), tag: "desk" });
    notice.onclick = () => {
      window.focus();
      visit(`/desk/escalations/${items[0].dataset.id}`);
    };
  }
}

/** Two soft notes; browsers allow sound only after the reader has touched the page. */
function chime() {
  audio ??= new AudioContext();
  [660, 880].forEach((pitch, at) => {
    const start = audio.currentTime + at * 0.14;
    const note = audio.createOscillator();
    const volume = audio.createGain();
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    note.connect(volume).connect(audio.destination);
    note.start(start);
    note.stop(start + 0.32);
  });
}

function toggle(name, otherwise, allowed = async () => true) {
  const button = element(name);
  const paint = () => button.setAttribute("aria-pressed", String(isOn(name, otherwise)));
  button.addEventListener("click", async () => {
    const wanted = !isOn(name, otherwise);
    if (wanted && !(await allowed())) return;
    localStorage.setItem(`desk-${name}`, wanted ? "on" : "off");
    paint();
  });
  paint();
}

toggle("sound", "off", async () => {
  chime();
  return true;
});
toggle("shortcuts", "on");
toggle("notify", "off", async () => {
  const permission = await window.Notification?.requestPermission();
  element("setting-problem").textContent = permission === "granted" ? "" : words.denied;
  return permission === "granted";
});
element("settings").hidden = false;

// ── The keyboard ─────────────────────────────────────────────────────────────────────────────────

function move(step) {
  const items = [...board().querySelectorAll(".item")];
  const here = items.findIndex((item) => item === document.activeElement);
  const chosen = items.findIndex((item) => item.ariaCurrent);
  const next = here < 0 && chosen < 0 ? 0 : (here < 0 ? chosen : here) + step;
  items[Math.max(0, Math.min(next, items.length - 1))]?.focus();
}

/** Press what names this key in `aria-keyshortcuts`, or go there; false where nothing does. */
function press(key) {
  const named = document.querySelectorAll(`[aria-keyshortcuts=${CSS.escape(key)}]`);
  const target = [...named].find((one) => one.checkVisibility() || one.id === "to-keys");
  if (!target) return false;
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
  if (target.matches("details[open] > summary")) target.parentElement.querySelector("select, input:not([type=hidden]), textarea")?.focus();
  return true;
}

const ours = {
  j: () => move(1),
  k: () => move(-1),
  o: () => document.activeElement?.matches(".item") && document.activeElement.click(),
};

const forItems = new Set(["c", "e", "r", "s", "u"]);

const standing = () => board().querySelector(".case .standing strong")?.textContent;
let stood = null; // what has been said of it, as long as it is so

/** A key that does nothing here may have meant what somebody else has just done. */
function sayHowItStands() {
  stood = field() && standing();
  if (stood) warn(stood);
}

function unsayHowItStood() {
  const alert = board().querySelector(".composer .alert");
  if (stood && alert?.textContent === stood && standing() !== stood) alert.textContent = "";
}

function leave(target) {
  const sheet = [...document.querySelectorAll(".menu[open], .filters[open], .tools[open]")].at(-1);
  const fold = sheet ?? target.closest(".folds details[open]");
  if (fold) {
    fold.open = false;
    fold.querySelector("summary").focus();
  } else if (target.matches("textarea, input, select")) target.blur();
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (document.querySelector("dialog[open]")) return;
  if (key === "Escape") return leave(target);
  const isTyping = target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=file])");
  if (isTyping) {
    const isSend = key === "Enter" && (event.ctrlKey || event.metaKey) && target === field();
    if (isSend) element(`send-${event.shiftKey ? "resolve-" : ""}${board().dataset.item}`).click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !isOn("shortcuts", "on")) return;
  if (Object.hasOwn(ours, key)) ours[key]();
  else if (!press(key)) return forItems.has(key) && sayHowItStands();
  event.preventDefault();
});

element("to-keys").addEventListener("click", (event) => {
  event.preventDefault();
  element("keys").showModal();
});

// ── The event stream ─────────────────────────────────────────────────────────────────────────────

let stream = null;
let followed = ""; // the item of which the stream tells, besides the queue

function tell(isLive) {
  const live = element("live");
  const text = isLive ? words.live : words.offline;
  live.hidden = false;
  live.classList.toggle("lost", !isLive);
  if (live.textContent !== text) live.textContent = text;
}

function connect() {
  stream?.close();
  followed = board().dataset.item;
  stream = new EventSource(`/desk/events${followed && `?item=${followed}`}`);
  stream.addEventListener("open", () => tell(true));
  let isFirst = true;
  stream.addEventListener("changed", ({ data }) => {
    if (!isFirst || data !== board().dataset.state) refresh(); // else it has just been loaded
    isFirst = false;
  });
  stream.addEventListener("ended", sessionEnded);
  stream.addEventListener("error", () => {
    tell(false);
    // The browser tries again by itself unless it was answered with an error.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => refresh().then(connect), 2000);
  });
}

addEventListener("offline", () => tell(false));
addEventListener("online", () => {
  connect();
  saveDraft();
});
addEventListener("pagehide", () => {
  saveDraft();
  stream?.close();
});
addEventListener("pageshow", (event) => event.persisted && connect());

restoreDraft();
restoreHere();
connect();
