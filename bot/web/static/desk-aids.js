// Suggestions of the desk's page: a press puts one into the reply where the cursor is, with its
// files; typing narrows the canned replies down, and a date that is chosen is said in words. Without
// this the buttons send the form, and the server does the same.

const fieldOf = (button) => button.form?.querySelector("textarea[name=text]");

/** Put words where the cursor is, apart from what stands there, and select what is to be filled in. */
function put(field, words) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const before = start && !value.slice(0, start).endsWith("\n") ? "\n\n" : "";
  const after = value.slice(end) && !value.slice(end).startsWith("\n") ? "\n\n" : "";
  field.setRangeText(`${before}${words}${after}`, start, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  const open = /(?<!\\)\{[a-z_]+\}/.exec(words);
  if (open) {
    const at = start + before.length + open.index;
    field.setSelectionRange(at, at + open[0].length);
  }
}

/** Have the files of a canned reply copied, to go along with this one. */
async function attach(button) {
  const { form } = button;
  const body = new FormData();
  body.set("csrf", form.querySelector("[name=csrf]").value);
  body.set("insert", button.value);
  const alert = form.querySelector(".alert");
  try {
    const answer = await fetch(button.formAction, { method: "POST", body, headers: { Accept: "application/json" } });
    const { kept, alert: told } = await answer.json();
    alert.textContent = told;
    for (const { name, value } of kept) form.querySelector(".inserted").append(choice(name, value));
  } catch {
    alert.textContent = JSON.parse(document.getElementById("words").textContent).unsent;
  }
}

function choice(name, value) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "kept", value, checked: true });
  label.append(box, ` ${name}`);
  return label;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const field = button && fieldOf(button);
  if (!field || field.readOnly) return;
  event.preventDefault();
  for (const fold of button.form.querySelectorAll("details[open]")) {
    if (!fold.querySelector(":checked")) fold.open = false; // it has served: the reply needs the room
  }
  put(field, button.dataset.insert);
  if (button.dataset.files) attach(button);
});

/** A browser shows dates in its own language: below them they stand in the page's. */
const inWords = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });

document.addEventListener("input", ({ target }) => {
  const told = target.type === "datetime-local" && document.querySelector(`output[for="${target.id}"]`);
  if (told) told.value = target.value && inWords.format(new Date(target.value));
});

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

document.addEventListener("input", ({ target }) => {
  const list = target.dataset.sieve && document.getElementById(target.dataset.sieve);
  if (!list) return;
  const wanted = folded(target.value).split(/\s+/).filter(Boolean);
  for (const item of list.children) {
    const words = folded(item.dataset.words);
    item.hidden = !wanted.every((word) => words.includes(word));
  }
});

/** Enter in the search field chooses the first that is left, and never sends the reply. */
document.addEventListener("keydown", (event) => {
  const list = event.key === "Enter" && event.target.dataset?.sieve;
  if (!list) return;
  event.preventDefault();
  document.getElementById(list).querySelector("li:not([hidden]) [data-insert]")?.click();
});
