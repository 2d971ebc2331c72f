// Going on in another network, and leaving an e-mail address: the menu in the plate of the chat.

import { store } from "./chat-wire.js";

const element = (id) => document.getElementById(id);

function say(words) {
  element("elsewhere-status").textContent = words;
}

function wayNode(way, texts) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = way.address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = `${texts.go_on} ${way.network[0].toUpperCase()}${way.network.slice(1)}`;
  item.append(link);
  if (!way.carries_code) {
    const code = document.createElement("code");
    code.textContent = `/start ${way.code}`;
    item.append(` ${texts.write_code} `, code);
  }
  return item;
}

// Codes are made when they are asked for, and each time: one is good once.
async function showWays(wire, texts) {
  const list = element("ways");
  if (!list) return;
  if (!wire.isBegun) return say(texts.write_first);
  const { ok, data } = await wire.call("/invitations", {});
  if (!ok) return say(texts.elsewhere_failed);
  list.replaceChildren(...data.invitations.map((way) => wayNode(way, texts)));
}

function showAddress() {
  const address = store.get("email") ?? "";
  element("email").value ||= address;
  element("email-remove").hidden = !address;
}

async function keepAddress(wire, texts, email) {
  if (!wire.isBegun) return say(texts.write_first);
  const { ok, status } = await wire.call("/email", { email });
  if (!ok) return say(status === 422 ? texts.email_bad : texts.elsewhere_failed);
  if (email) store.set("email", email);
  else {
    store.remove("email");
    element("email").value = "";
    element("email").focus();
  }
  showAddress();
  say(email ? texts.email_kept : texts.email_removed);
}

export function offerElsewhere(wire, texts) {
  const menu = element("elsewhere");
  if (!menu) return;
  menu.addEventListener("toggle", () => {
    say("");
    if (menu.open) showWays(wire, texts);
  });
  document.addEventListener("click", ({ target }) => {
    if (menu.open && !menu.contains(target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  const form = element("email-form");
  if (!form) return;
  showAddress();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keepAddress(wire, texts, element("email").value.trim());
  });
  element("email-remove").addEventListener("click", () => keepAddress(wire, texts, ""));
}
