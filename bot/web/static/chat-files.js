// Files of messages: pictures are shown, others are named; all can be saved. And files to be sent:
// each goes to the server as soon as it is chosen, and is named in the next message.

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const LARGE = 5_000_000; // bytes; a larger picture is only loaded when it is asked for

function size(bytes, lang) {
  const [unit, of] = bytes >= 1e6 ? ["megabyte", 1e6] : bytes >= 1e3 ? ["kilobyte", 1e3] : ["byte", 1];
  const format = new Intl.NumberFormat(lang, { style: "unit", unit, maximumFractionDigits: 1 });
  return format.format(bytes / of);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function fileNode(wire, message, number, { lang, texts }) {
  const file = message.files[number];
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = file.size ? `${file.name} (${size(file.size, lang)})` : file.name;
  const state = document.createElement("span");
  state.setAttribute("role", "status");
  item.append(button, state);
  let loaded = null;
  const load = () => (loaded ??= wire.file(message.id, number));
  button.addEventListener("click", async () => {
    state.textContent = "";
    const blob = await load();
    if (blob) return save(blob, file.name);
    loaded = null; // the next press tries again
    state.textContent = texts.file_failed;
  });
  if (PICTURES.includes(file.media_type) && file.size < LARGE) {
    load().then((blob) => {
      if (!blob) return (loaded = null);
      const picture = document.createElement("img");
      picture.alt = file.name;
      picture.addEventListener("load", () => item.dispatchEvent(new Event("grown", { bubbles: true })));
      picture.src = URL.createObjectURL(blob);
      button.replaceChildren(picture);
    });
  }
  return item;
}

// A message's files stay as they are, whatever else of it changes; withdrawn, they go.
export function showFiles(list, wire, message, settings) {
  const files = message.files ?? [];
  if (list.childElementCount === files.length) return;
  list.replaceChildren(...files.map((_, number) => fileNode(wire, message, number, settings)));
  list.hidden = files.length === 0;
}

// The files chosen for the next message; `tell` says what is wrong, or nothing.
export class Chosen {
  #wire;
  #settings;
  #tell;
  #list = document.getElementById("chosen");
  #uploads = new Map(); // item of the list -> what the server says of the file, once it does

  constructor(wire, settings, tell) {
    this.#wire = wire;
    this.#settings = settings;
    this.#tell = tell;
    const field = document.getElementById("file");
    document.getElementById("attach").addEventListener("click", () => field.click());
    field.addEventListener("change", () => {
      for (const file of field.files) this.#add(file);
      field.value = "";
    });
  }

  #add(file) {
    const { texts, max_files, max_file_bytes } = this.#settings;
    this.#tell("");
    if (this.#uploads.size >= max_files) return this.#tell(texts.files_many);
    if (file.size > max_file_bytes || !file.size) return this.#tell(`${file.name} : ${texts.file_large}`);
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const verb = document.createElement("span");
    verb.className = "unseen";
    verb.textContent = texts.file_remove;
    button.append(verb, ` ${file.name}`);
    button.addEventListener("click", () => this.#remove(item));
    item.append(button);
    this.#list.append(item);
    item.ariaBusy = "true";
    this.#uploads.set(item, this.#upload(item, file));
  }

  async #upload(item, file) {
    const { status, kept } = await this.#wire.upload(file);
    item.ariaBusy = "false";
    if (kept) return kept;
    this.#remove(item);
    const { texts } = this.#settings;
    this.#tell(`${file.name} : ${status === 413 ? texts.file_large : texts.file_unsent}`);
    return null;
  }

  #remove(item) {
    this.#uploads.delete(item);
    item.remove();
  }

  get isEmpty() {
    return this.#uploads.size === 0;
  }

  // All that have arrived, once all have; none is kept for the message after the next.
  async take() {
    const kept = await Promise.all(this.#uploads.values());
    for (const item of [...this.#uploads.keys()]) this.#remove(item);
    return kept.filter(Boolean);
  }
}
