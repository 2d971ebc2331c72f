// Rules of accessibility that any page of ours must keep, checked as it is rendered. A small cousin
// of axe: an expression that is a function, evaluated in the page; returns what is at fault.
() => {
  const faults = [];
  const all = [...document.querySelectorAll("body, body *")];
  const pick = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true });
  const isRead = (node) => !node.closest(".unseen, script, noscript, template") && isShown(node);
  const what = (node) =>
    `<${node.localName} ${node.className.baseVal ?? node.className}> ${node.textContent.trim().slice(0, 60)}`;

  // ── The page ───────────────────────────────────────────────────────────────────────────────────

  const isLanguage = (lang) => /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(lang);
  if (!document.documentElement.lang) faults.push("the page names no language");
  for (const node of pick("[lang]")) {
    if (node.lang && !isLanguage(node.lang)) faults.push(`no language: ${node.lang}`);
  }
  if (!document.title.trim()) faults.push("the page has no title");
  const viewport = document.querySelector("meta[name=viewport]")?.content ?? "";
  if (/user-scalable=(no|0)|maximum-scale/.test(viewport)) faults.push("the page forbids zooming");
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push("the page scrolls sideways");

  for (const name of ["main", "header"]) {
    const found = pick(`body ${name}`).length;
    if (found !== 1) faults.push(`${found} elements <${name}>`);
  }
  const landmarks = "main, header, nav, aside, footer, dialog, [role=status], [role=alert], .skip";
  const speaks = (node) =>
    [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  for (const node of all.filter((one) => speaks(one) && isRead(one))) {
    if (!node.closest(landmarks)) faults.push(`outside of all landmarks: ${what(node)}`);
  }

  const headings = pick("h1,h2,h3,h4,h5,h6").filter(isShown);
  const levels = headings.map((heading) => Number(heading.localName[1]));
  if (levels.filter((level) => level === 1).length !== 1) faults.push("not exactly one h1");
  levels.forEach((level, at) => {
    if (level > (levels[at - 1] ?? 0) + 1) faults.push(`heading ${at + 1} jumps to h${level}`);
    if (!headings[at].textContent.trim()) faults.push(`heading ${at + 1} is empty`);
  });

  // ── What points where ──────────────────────────────────────────────────────────────────────────

  const ids = all.map((node) => node.id).filter(Boolean);
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
  if (twice.size) faults.push(`an id is used twice: ${[...twice]}`);
  const pointed = (node, name) => (node.getAttribute(name) ?? "").split(" ").filter(Boolean);
  for (const node of all) {
    for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
      const lost = pointed(node, name).filter((id) => !document.getElementById(id));
      if (lost.length) faults.push(`${name} points to nothing: ${lost}`);
    }
    if (node.tabIndex > 0) faults.push(`a tab order of its own: ${what(node)}`);
  }
  for (const node of pick("ul > *, ol > *")) {
    const isItem = ["li", "script", "template"].includes(node.localName);
    if (!isItem) faults.push(`no item of a list: ${what(node)}`);
  }
  for (const node of pick("li").filter((one) => !one.closest("ul, ol, menu"))) {
    faults.push(`an item without a list: ${what(node)}`);
  }

  // ── What can be acted upon ─────────────────────────────────────────────────────────────────────

  const nameOf = (node) => {
    const others = pointed(node, "aria-labelledby").map((id) => document.getElementById(id));
    const labels = [...others, ...(node.labels ?? [])].map((one) => one?.textContent ?? "");
    const pictures = [...node.querySelectorAll("img")].map((image) => image.alt).join(" ");
    const own = ["BUTTON", "A", "SUMMARY"].includes(node.tagName) ? node.textContent + pictures : "";
    return [node.ariaLabel ?? "", ...labels, own].join("").trim();
  };
  const controls = pick("button, input, textarea, select, summary").filter(isShown);
  const links = pick("a[href]").filter(isShown);
  const regions = pick("section, nav, form[aria-labelledby], iframe, dialog");
  const named = pick("[role=log], [role=group], [role=dialog]").concat(regions).filter(isShown);
  for (const node of [...controls, ...links, ...named]) {
    if (!nameOf(node) && !node.title) faults.push(`no name: ${what(node)}`);
    const label = node.ariaLabel?.toLowerCase();
    const seen = ["BUTTON", "A"].includes(node.tagName) && node.innerText.trim().toLowerCase();
    if (label && seen && !label.includes(seen)) faults.push(`its name is not what it says: ${what(node)}`);
  }
  const inside = "a[href], button, input, select, textarea, summary, [tabindex]";
  for (const node of [...controls, ...links]) {
    if (node.querySelector(inside)) faults.push(`a control within a control: ${what(node)}`);
    if (node.closest("[aria-hidden=true]")) faults.push(`hidden, yet focusable: ${what(node)}`);
  }
  for (const node of controls) {
    const { width, height } = node.getBoundingClientRect();
    // A quarter of a pixel: rows are laid out in fractions.
    if (width < 24 || height < 43.75) faults.push(`small: ${width}x${height} ${what(node)}`);
    if (node.localName === "button" && !node.hasAttribute("type")) {
      faults.push(`no type: ${what(node)}`);
    }
  }
  for (const node of links.filter((link) => getComputedStyle(link).display !== "inline")) {
    const { width, height } = node.getBoundingClientRect(); // links in a text may be as high as it
    if (isRead(node) && (width < 24 || height < 24)) faults.push(`small: ${width}x${height} ${what(node)}`);
  }
  for (const node of all) {
    const { overflowX, overflowY } = getComputedStyle(node);
    const scrolls = (overflow, more) => ["auto", "scroll"].includes(overflow) && more > 1;
    const isScrolled =
      scrolls(overflowX, node.scrollWidth - node.clientWidth) ||
      scrolls(overflowY, node.scrollHeight - node.clientHeight);
    const isReached = node.tabIndex >= 0 || node.querySelector(inside);
    if (isScrolled && isShown(node) && !isReached) faults.push(`not scrolled by key: ${what(node)}`);
  }
  for (const picture of pick("svg, img")) {
    const isNamed = picture.ariaLabel || picture.hasAttribute("alt");
    if (picture.ariaHidden !== "true" && !isNamed) faults.push("a picture without a name");
  }

  // ── Contrast, as WCAG 2.2 defines it ───────────────────────────────────────────────────────────

  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
  };
  const over = (front, ground, alpha) => front.map((value, at) => value * alpha + ground[at] * (1 - alpha));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratioOf = (...colors) => {
    const [dark, light] = colors.map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const groundOf = (node) => {
    if (!node) return [255, 255, 255];
    const { rgb, alpha } = parse(getComputedStyle(node).backgroundColor);
    return alpha === 1 ? rgb : over(rgb, groundOf(node.parentElement), alpha);
  };
  const opacityOf = (node) =>
    node ? Number(getComputedStyle(node).opacity) * opacityOf(node.parentElement) : 1;
  const readable = (node, pseudo) => {
    const ground = groundOf(node);
    const style = getComputedStyle(node, pseudo);
    const { rgb, alpha } = parse(style.color);
    const opacity = pseudo ? Number(style.opacity) : 1;
    return ratioOf(over(rgb, ground, alpha * opacity * opacityOf(node)), ground);
  };
  for (const node of all.filter((one) => speaks(one) && isRead(one))) {
    const { fontSize, fontWeight } = getComputedStyle(node);
    const size = parseFloat(fontSize);
    const least = size >= 24 || (size >= 18.66 && fontWeight >= 700) ? 3 : 4.5;
    const ratio = readable(node);
    if (ratio < least) faults.push(`contrast ${ratio.toFixed(2)}: ${what(node)}`);
  }
  for (const node of controls) {
    if (node.placeholder && readable(node, "::placeholder") < 4.5) {
      faults.push(`contrast of the placeholder: ${what(node)}`);
    }
    const { borderTopStyle, borderTopColor } = getComputedStyle(node);
    const isField = node.matches("input, textarea, select") && borderTopStyle !== "none";
    const edge = isField && ratioOf(parse(borderTopColor).rgb, groundOf(node.parentElement));
    if (isField && edge < 3) faults.push(`edge ${edge.toFixed(2)}: ${what(node)}`);
  }
  return faults;
}
