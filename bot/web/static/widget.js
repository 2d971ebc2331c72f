// The chat on the brand's own site: <script src="https://bot.example/widget.js" async></script>
// data-title, data-color (#rrggbb), data-position ("left" or "right") and data-lang are optional.
// The site's Content-Security-Policy, if it has one, must allow this origin in script-src and frame-src.
(() => {
  const script = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');
  if (!script || document.querySelector("comptoir-chat")) return; // included twice: once is enough
  const bot = new URL(script.src).origin;
  const sites = []; // the allowed_origins of bot.toml: the server puts them in
  if (location.origin !== bot && !sites.includes(location.origin))
    return console.warn(`widget.js: ${location.origin} is not among the bot's allowed_origins`);
  const { title, color = "#1c4a3e", position = "right", lang } = script.dataset;
  const WORDS = {/* by language, the default first: from the texts files */};
  const language = lang || document.documentElement.lang || navigator.language || "";
  const words = WORDS[language.slice(0, 2).toLowerCase()] ?? Object.values(WORDS)[0];
  const name = title || words.title;
  const FLAG = "comptoir.widget"; // in the site's storage: a conversation exists, so load at once
  const PATIENCE = 10_000; // milliseconds until a page that says nothing is called unreachable

  const css = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button { margin: 0; border: 0; padding: 0; font: inherit; cursor: pointer; }
    button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #000; }
    .root { font: 16px/1.4 system-ui, sans-serif; --side: max(20px, env(safe-area-inset-right)); }
    .launcher { position: fixed; z-index: 2147483000; bottom: max(20px, env(safe-area-inset-bottom));
      width: 60px; height: 60px; border-radius: 50%; background: var(--color); color: var(--on-color);
      box-shadow: 0 2px 6px #0004, 0 10px 30px #0003; }
    .right .launcher, .right .panel { right: var(--side); }
    .left .launcher, .left .panel { left: var(--side); }
    .launcher svg { display: block; width: 30px; height: 30px; margin: auto; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 24px; padding: 0 6px; border: 2px solid #fff;
      border-radius: 13px; background: #9b2a1c; color: #fff; font: 700 13px/20px system-ui, sans-serif; }
    .panel { position: fixed; z-index: 2147483001; bottom: 96px; width: 400px; max-width: calc(100vw - 40px);
      height: min(680px, calc(100vh - 116px)); overflow: hidden; border-radius: 18px; background: #fffcf7;
      color: #2a211a; box-shadow: 0 4px 12px #0003, 0 20px 60px #0004; }
    .panel iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    .panel iframe.waiting { visibility: hidden; }
    .plate { display: flex; justify-content: space-between; padding: 16px; }
    .plate p { margin: 10px 0; }
    .plate button { width: 44px; height: 44px; border-radius: 50%; background: none; color: inherit; font-size: 20px; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    @media (prefers-color-scheme: dark) { .panel { background: #171310; color: #f2eae0; } }
    @media (max-width: 520px), (max-height: 480px) {
      .root .panel { inset: 0; width: 100%; max-width: none; height: 100%; border-radius: 0; }
    }
    @media (forced-colors: active) { .launcher, .panel { border: 2px solid; } }`;

  const make = (tag, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };
  const icon = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    line.setAttribute("fill", "none");
    line.setAttribute("stroke", "currentColor");
    line.setAttribute("stroke-width", "2");
    line.setAttribute("stroke-linecap", "round");
    line.setAttribute("stroke-linejoin", "round");
    svg.append(line);
    return svg;
  };
  const BUBBLE = "M4 5h16v11h-8l-5 4v-4H4zM8 9h8M8 12h5";
  const CROSS = "m6 6 12 12M18 6 6 18";

  // Storage may be forbidden; then the chat is loaded when it is opened.
  const remembered = () => {
    try {
      return localStorage.getItem(FLAG) === "1";
    } catch {
      return false;
    }
  };
  const remember = () => {
    try {
      localStorage.setItem(FLAG, "1");
    } catch {
      // Not remembered, then.
    }
  };

  // Black or white, whichever is easier to read on the colour (WCAG's relative luminance).
  const textOn = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  const badge = make("span", { className: "badge", hidden: true, ariaHidden: "true" });
  const launcher = make("button", { className: "launcher", type: "button" }, icon(BUBBLE), badge);
  const status = make("p", { textContent: words.loading });
  status.setAttribute("role", "status");
  const escape = make("button", { type: "button", ariaLabel: words.close, textContent: "✕" });
  const panel = make("div", { className: "panel", id: "panel", hidden: true, ariaLabel: name });
  panel.setAttribute("role", "dialog");
  panel.append(make("div", { className: "plate" }, status, escape));
  const news = make("p", { className: "unseen" });
  news.setAttribute("role", "status");
  const root = make("div", { className: `root ${position === "left" ? "left" : "right"}`, lang: language });
  root.append(panel, launcher, news);
  const safeColor = /^#[0-9a-f]{6}$/i.test(color) ? color : "#1c4a3e";
  root.style.setProperty("--color", safeColor);
  root.style.setProperty("--on-color", textOn(safeColor));
  launcher.setAttribute("aria-controls", "panel");

  const host = document.createElement("comptoir-chat");
  const shadow = host.attachShadow({ mode: "open" });
  try {
    const sheet = new CSSStyleSheet(); // allowed under any style-src, unlike <style>
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
  } catch {
    shadow.append(make("style", { textContent: css }));
  }
  shadow.append(root);

  let frame = null;
  let isOpen = false;
  let isReady = false;
  let unread = 0;

  const show = () => {
    const counted = unread === 1 ? words.unread_one : words.unread_many;
    const count = !isOpen && unread ? counted.replace("{number}", unread) : "";
    badge.hidden = !count;
    badge.textContent = unread > 99 ? "99+" : unread;
    launcher.ariaLabel = isOpen ? words.close : [name, count].filter(Boolean).join(", ");
    launcher.ariaExpanded = String(isOpen);
    launcher.querySelector("path").setAttribute("d", isOpen ? CROSS : BUBBLE);
    if (news.textContent !== count) news.textContent = count;
    panel.hidden = !isOpen;
  };
  const tell = (type) => frame?.contentWindow?.postMessage({ comptoir: type }, bot);

  const load = () => {
    if (frame) return;
    const page = new URL("/chat?embed=1", bot);
    if (lang) page.searchParams.set("lang", lang);
    frame = make("iframe", { className: "waiting", title: name, src: page.href });
    frame.addEventListener("load", () => tell("hello"));
    panel.append(frame);
    status.textContent = words.loading;
    setTimeout(() => isReady || fail(), PATIENCE);
  };
  const fail = () => {
    frame?.remove(); // opening it again tries again
    frame = null;
    status.textContent = words.failed;
  };
  const enter = () => {
    frame.focus();
    tell("open");
  };
  const open = () => {
    isOpen = true;
    show();
    load();
    if (isReady) enter();
    else escape.focus();
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    tell("close");
    show();
    launcher.focus();
  };

  launcher.addEventListener("click", () => (isOpen ? close() : open()));
  escape.addEventListener("click", close);
  root.addEventListener("keydown", (event) => event.key === "Escape" && close());

  addEventListener("message", ({ source, origin, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== bot) return;
    if (data?.comptoir === "ready") {
      isReady = true;
      frame.className = "";
      if (isOpen) enter();
    } else if (data?.comptoir === "conversation") remember();
    else if (data?.comptoir === "unread") {
      unread = Number(data.count) || 0;
      show();
    } else if (data?.comptoir === "close") close();
  });

  show();
  // Beside <body>, so that a site which swaps its body's content leaves the chat alone.
  document.documentElement.append(host);
  if (remembered()) load();
})();
