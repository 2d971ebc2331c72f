// The follower's web chat: what is drawn, read and written. What is sent and heard is the wire's.
//
// Messages are drawn by their id, and a line of one's own by its client_id until the server's copy
// takes its place, so nothing doubles however often it is told.

import { offerElsewhere } from "./chat-elsewhere.js";
import { Chosen, showFiles } from "./chat-files.js";
import { Wire, sleep, store } from "./chat-wire.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const { texts, embed } = settings;
const TYPING = 8000; // milliseconds; the bot thinks for six at most
const TOGETHER = 5 * 60_000; // milliseconds: so near each other, one speaker's lines share a name

const element = (id) => document.getElementById(id);
const log = element("log");
const list = element("messages");
const field = element("text");

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────

const shown = new Map(); // "id 7" (the server's) and "client 3f…" (ours) -> the message's node
const speakers = { follower: texts.you, bot: texts.assistant, manager: texts.team };
const timeOnly = new Intl.DateTimeFormat(settings.lang, { timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(settings.lang, {
  dateStyle: "medium",
  timeStyle: "short",
});

const ofLine = (line) => shown.get(`client ${line.client_id}`);
const firstPending = () => list.querySelector("[data-pending]");
const setState = (node, words) => (node.querySelector(".state").textContent = words);
const isQuiet = () => log.getAttribute("aria-live") === "off"; // history is being read

function newNode(from) {
  element("welcome").hidden = true;
  const node = element("message").content.firstElementChild.cloneNode(true);
  node.dataset.from = from;
  const icon = from === "bot" ? "assistant" : "person";
  node.querySelector("use").setAttribute("href", `#icon-${icon}`);
  node.querySelector(".who").textContent = speakers[from];
  if (!isQuiet()) node.classList.add("fresh");
  return node;
}

function setTime(node, at) {
  const isToday = new Date().toDateString() === at.toDateString();
  const time = node.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = (isToday ? timeOnly : dayAndTime).format(at);
}

// Draws or redraws one of the server's messages; true if it was not on the page before.
function draw(message) {
  const known = shown.get(`id ${message.id}`) ?? ofLine(message);
  const node = known ?? newNode(message.from);
  shown.set(`id ${message.id}`, node);
  if (message.client_id) shown.set(`client ${message.client_id}`, node);
  node.dataset.id = message.id;
  if (message.from === "manager" && message.name) {
    node.querySelector(".who").textContent = `${message.name} · ${texts.team}`;
  }
  setTime(node, new Date(message.at));
  setText(node.querySelector(".text"), message);
  setState(node, message.edited && !message.withdrawn ? texts.edited : "");
  node.toggleAttribute("data-withdrawn", Boolean(message.withdrawn));
  showFiles(node.querySelector(".files"), wire, message, settings);
  node.toggleAttribute("data-answer", Boolean(message.entry));
  offer(node.querySelector(".choices"), message);
  const wasPending = node.hasAttribute("data-pending");
  node.removeAttribute("data-pending");
  const next = firstPending();
  const isBehind =
    next && next.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
  if (!known || (wasPending && isBehind)) list.insertBefore(node, next);
  return !known;
}

// The one place where HTML is taken as such: the server made it from the brand's own Markdown.
function setText(target, message) {
  target.hidden = !message.text && !message.withdrawn;
  if (message.withdrawn) {
    target.textContent = texts.withdrawn;
    return;
  }
  if (message.from === "follower" || !message.html) {
    target.textContent = message.text;
    return;
  }
  target.innerHTML = message.html;
  for (const link of target.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}

function offer(group, { choices = [], choices_open: areOpen = true }) {
  if (group.childElementCount === 0) {
    for (const choice of choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.choice = choice.id;
      button.textContent = choice.label;
      group.append(button);
    }
    group.hidden = choices.length === 0;
  }
  const waiting = wire.lines.map((line) => line.body.choice);
  const pressed = choices.find((choice) => choice.pressed || waiting.includes(choice.id));
  if (pressed || !areOpen) closeGroup(group, pressed?.id);
}

// Buttons stay focusable when they no longer act, so that the keyboard keeps its place.
function closeGroup(group, pressed) {
  for (const button of group.children) {
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.choice === pressed) button.setAttribute("aria-pressed", "true");
  }
}

// Another tab's line may be told only after the server's copy of it is here: that one stays.
function drawPending(line) {
  const node = ofLine(line) ?? newNode("follower");
  if (node.dataset.id) return;
  shown.set(`client ${line.client_id}`, node);
  node.setAttribute("data-pending", "");
  const names = (line.body.files ?? []).map((file) => file.name);
  node.querySelector(".text").textContent = [line.body.text, ...names].filter(Boolean).join("\n");
  setTime(node, new Date(line.at));
  setState(node, texts.sending);
  list.append(node);
}

// A line that goes on from the one before does not show its speaker's name again.
function gather() {
  let before = null;
  for (const node of list.children) {
    const speaker = node.dataset.from && node.querySelector(".who").textContent;
    const at = speaker && Date.parse(node.querySelector("time").dateTime);
    const goesOn = speaker && speaker === before?.speaker && at - before.at < TOGETHER;
    node.toggleAttribute("data-continues", Boolean(goesOn));
    before = { speaker, at };
  }
}

function announce(words) {
  const node = document.createElement("li");
  node.className = "notice";
  node.textContent = words;
  list.insertBefore(node, firstPending());
  if (isAtEnd) scrollToEnd();
}

// ── What the wire tells ──────────────────────────────────────────────────────────────────────────

const page = {
  queued(line) {
    if (line.path === "/messages") return drawPending(line);
    const button = list.querySelector(`[data-choice="${CSS.escape(line.body.choice)}"]`);
    if (button) closeGroup(button.parentElement, line.body.choice);
  },

  waiting(line, isFailing) {
    const node = ofLine(line);
    if (!node?.hasAttribute("data-pending")) return;
    setState(node, isFailing ? texts.waiting : texts.sending);
  },

  // The server's own copy, under this id, is here already or will come.
  acknowledged(line, message) {
    const node = ofLine(line);
    const copy = shown.get(`id ${message}`);
    if (node && copy && copy !== node) node.remove();
    else if (node) {
      shown.set(`id ${message}`, node);
      setState(node, "");
    }
    typing.expect(line);
  },

  // A refused text goes back to where it can be mended, before what was written since.
  refused(line, status) {
    if (line.path === "/choices") return announce(texts.choice_gone);
    ofLine(line)?.remove();
    field.value = [line.body.text, field.value].filter(Boolean).join("\n");
    saveDraft();
    element("problem").textContent = status === 413 ? texts.too_long : texts.refused;
    field.setAttribute("aria-invalid", "true");
  },

  heard(messages) {
    notePlace(); // the event of a scroll just made may be still to come
    const fresh = messages.filter(draw);
    if (isQuiet()) {
      sleep(300).then(() => log.setAttribute("aria-live", "polite")); // history is not news
      scrollToEnd();
    } else if (fresh.some((message) => message.from !== "follower")) {
      typing.hide();
      if (isAtEnd) scrollToEnd();
      else element("newer").hidden = false;
    }
    attend();
  },

  began() {
    tellParent("conversation");
  },

  // What was said stays to be read; new messages may carry the same ids.
  forgotten() {
    for (const key of [...shown.keys()]) if (key.startsWith("id ")) shown.delete(key);
    for (const node of list.querySelectorAll("[data-id]")) delete node.dataset.id;
    for (const group of list.querySelectorAll(".choices")) closeGroup(group, null);
    const kept = new Set(wire.lines.map(ofLine));
    for (const node of list.querySelectorAll("[data-pending]")) {
      if (!kept.has(node)) node.removeAttribute("data-pending");
    }
    log.setAttribute("aria-live", "polite");
    announce(texts.restarted);
    attend();
  },

  trouble(kind) {
    const words = { offline: texts.offline, busy: texts.busy }[kind] ?? "";
    if (element("trouble-text").textContent !== words) element("trouble-text").textContent = words;
    element("trouble").toggleAttribute("data-shown", Boolean(kind));
    element("retry").hidden = kind !== "offline";
  },

  attended: attend,
};

const wire = new Wire(page);

const chosen = new Chosen(wire, settings, (words) => (element("problem").textContent = words));

const typing = {
  timer: 0,
  answeredAt: 0,
  // While a person has the floor nobody knows when they will write: nothing is promised then.
  expect(line) {
    const last = [...list.querySelectorAll(".message:not([data-from=follower])")].at(-1);
    if (last?.dataset.from === "manager" || typing.answeredAt >= line.at) return;
    clearTimeout(typing.timer);
    element("typing").hidden = false;
    typing.timer = setTimeout(() => (element("typing").hidden = true), TYPING);
  },
  hide() {
    typing.answeredAt = Date.now();
    clearTimeout(typing.timer);
    element("typing").hidden = true;
  },
};

// ── Reading: the end of the log, and what has been seen ──────────────────────────────────────────

let isAtEnd = true; // the reader is there, and is kept there
let logTop = 0; // of the log, when last looked at
let isOpen = !embed; // in a frame, the site around it says when it is open
const title = document.title;

function scrollToEnd() {
  log.scrollTop = log.scrollHeight;
  logTop = log.scrollTop;
  isAtEnd = true;
  element("newer").hidden = true;
}

function attend() {
  const messages = [...list.querySelectorAll("[data-id]")].reverse();
  const isPresent = isOpen && document.visibilityState === "visible";
  const newest = messages[0]?.dataset.id;
  if (isPresent && newest && store.get("seen") !== newest) store.set("seen", newest);
  if (isPresent && newest) wire.noteRead();
  const seenAt = messages.findIndex((node) => node.dataset.id === store.get("seen"));
  const news = seenAt < 0 ? messages : messages.slice(0, seenAt);
  const unread = news.filter((node) => node.dataset.from !== "follower").length;
  document.title = unread ? `(${unread}) ${title}` : title;
  tellParent("unread", { count: unread });
}

// Only a scroll moves the reader away from the end; a log that grew or shrank does not.
function notePlace() {
  if (log.clientHeight === 0 || log.scrollTop === logTop) return; // 0: in a frame that is not shown
  logTop = log.scrollTop;
  isAtEnd = log.scrollHeight - logTop - log.clientHeight < 48;
  if (isAtEnd) element("newer").hidden = true;
}

log.addEventListener("scroll", notePlace);
list.addEventListener("grown", () => isAtEnd && scrollToEnd());
new MutationObserver(gather).observe(list, { childList: true });
new ResizeObserver(() => isAtEnd && scrollToEnd()).observe(log);

element("newer").addEventListener("click", () => {
  scrollToEnd();
  log.focus({ preventScroll: true }); // the button goes away: keep the keyboard's place
});
element("retry").addEventListener("click", () => wire.wake());
document.addEventListener("visibilitychange", () => {
  attend();
  if (document.visibilityState === "visible") wire.wake();
});

// ── Writing ──────────────────────────────────────────────────────────────────────────────────────

function saveDraft() {
  if (field.value) store.set("draft", field.value);
  else store.remove("draft");
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

let isSaying = false;

async function say() {
  const text = field.value.trim();
  if (isSaying || (!text && chosen.isEmpty)) return;
  if (chosen.isEmpty) wire.say(text);
  else {
    isSaying = true; // files may still be on their way: what is typed meanwhile is the next message
    field.value = "";
    const files = await chosen.take();
    isSaying = false;
    if (!text && !files.length) return;
    wire.say(text, files);
    saveDraft();
    return scrollToEnd();
  }
  field.value = "";
  field.removeAttribute("aria-invalid");
  element("problem").textContent = "";
  saveDraft();
  scrollToEnd();
}

let isShifted = false; // the last key was Shift+Enter
field.addEventListener("input", saveDraft);
field.addEventListener("keydown", (event) => {
  isShifted = event.key === "Enter" && event.shiftKey;
  const isComposing = event.isComposing || event.keyCode === 229; // Safari says it by the code
  if (event.key !== "Enter" || event.shiftKey || isComposing) return;
  event.preventDefault();
  say();
});
// Touch keyboards may not name the key; they still say that a line is to be broken.
field.addEventListener("beforeinput", (event) => {
  const isBreak = ["insertLineBreak", "insertParagraph"].includes(event.inputType);
  if (!isBreak || isShifted || event.isComposing) return;
  event.preventDefault();
  say();
});
element("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});
list.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-choice]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  wire.choose(button.dataset.choice);
  notePlace();
  isAtEnd = true; // who presses wants to read what comes of it
});

// ── In a frame on the brand's own site (widget.js) ───────────────────────────────────────────────

const origins = [location.origin, ...settings.allowed_origins];
let parentOrigin = null; // known once the parent has spoken, and only if it is allowed

function tellParent(type, more) {
  if (parentOrigin) window.parent.postMessage({ comptoir: type, ...more }, parentOrigin);
}

function receive({ source, origin, data }) {
  if (source !== window.parent || !origins.includes(origin) || !data?.comptoir) return;
  parentOrigin = origin;
  if (data.comptoir === "hello") {
    element("close").hidden = false;
    tellParent("ready");
    if (wire.isBegun) tellParent("conversation");
  } else if (data.comptoir === "open") {
    isOpen = true;
    if (isAtEnd) scrollToEnd();
    // On a phone the keyboard would cover what there is to read: it waits for a tap there.
    const isTouch = matchMedia("(pointer: coarse)").matches;
    (isTouch ? element("close") : field).focus();
    wire.wake();
  } else if (data.comptoir === "close") isOpen = false;
  attend();
}

function leave() {
  isOpen = false; // at once: what comes from here on is unread
  tellParent("close");
}

if (embed && window.parent !== window) {
  addEventListener("message", receive);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) leave();
  });
  element("close").addEventListener("click", leave);
}

// Phones whose keyboard lies over the page, rather than shrinking it.
window.visualViewport?.addEventListener("resize", () => {
  const { height, scale } = window.visualViewport;
  const isCovered = scale === 1 && height < window.innerHeight - 1;
  const { style } = document.documentElement;
  if (isCovered) style.setProperty("--app-height", `${height}px`);
  else style.removeProperty("--app-height");
  if (isCovered) window.scrollTo(0, 0);
});

// ── Start ────────────────────────────────────────────────────────────────────────────────────────

field.value ||= store.get("draft") ?? "";
saveDraft();
offerElsewhere(wire, texts);
if (!wire.isBegun) log.setAttribute("aria-live", "polite");
wire.start();
scrollToEnd();
