// Rules of accessibility that any page of ours must keep, checked as it is rendered. A small cousin
// of axe: an expression that is a function, evaluated in the page; returns what is at fault.
() => {
  const faults = [];
  const all = [...document.querySelectorAll("body *")];
  const pick = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true });
  const what = (node) => `<${node.localName} ${node.className}> ${node.textContent.trim()}`;

  if (!document.documentElement.lang) faults.push("the page names no language");
  if (!document.title.trim()) faults.push("the page has no title");
  for (const name of ["main", "header"]) {
    const found = pick(`body ${name}`).length;
    if (found !== 1) faults.push(`${found} elements <${name}>`);
  }

  const headings = pick("h1,h2,h3,h4,h5,h6").filter(isShown);
  const levels = headings.map((heading) => Number(heading.localName[1]));
  if (levels.filter((level) => level === 1).length !== 1) faults.push("not exactly one h1");
  levels.forEach((level, at) => {
    if (level > (levels[at - 1] ?? 0) + 1) faults.push(`heading ${at + 1} jumps to h${level}`);
  });

  const ids = all.map((node) => node.id).filter(Boolean);
  if (new Set(ids).size !== ids.length) faults.push("an id is used twice");
  const pointed = (node, name) =>
    (node.getAttribute(name) ?? "").split(" ").filter(Boolean);
  for (const node of all) {
    for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
      const lost = pointed(node, name).filter((id) => !document.getElementById(id));
      if (lost.length) faults.push(`${name} points to nothing: ${lost}`);
    }
    if (node.tabIndex > 0) faults.push(`a tab order of its own: ${what(node)}`);
  }

  const nameOf = (node) => {
    const others = pointed(node, "aria-labelledby").map((id) => document.getElementById(id));
    const labels = [...others, ...(node.labels ?? [])].map((one) => one?.textContent ?? "");
    const own = ["BUTTON", "A"].includes(node.tagName) ? node.textContent : "";
    return [node.ariaLabel ?? "", ...labels, own].join("").trim();
  };
  const controls = pick("button, input, textarea, select").filter(isShown);
  const named = pick("a[href], [role=log], [role=group], [role=dialog]").filter(isShown);
  for (const node of [...controls, ...named]) {
    if (!nameOf(node)) faults.push(`no name: ${what(node)}`);
  }
  for (const node of controls) {
    const { width, height } = node.getBoundingClientRect();
    // A quarter of a pixel: rows are laid out in fractions.
    if (width < 24 || height < 43.75) faults.push(`small: ${width}x${height} ${what(node)}`);
    if (node.localName === "button" && !node.hasAttribute("type")) {
      faults.push(`no type: ${what(node)}`);
    }
  }
  for (const svg of pick("svg")) {
    if (svg.ariaHidden !== "true" && !svg.ariaLabel) faults.push("a picture without a name");
  }

  // Contrast as WCAG 2.2 defines it.
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const speaks = (node) =>
    [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  const isRead = (node) => !node.closest(".unseen, script, noscript, template") && isShown(node);
  for (const node of all.filter((one) => speaks(one) && isRead(one))) {
    const pair = [parse(getComputedStyle(node).color), groundOf(node)].map(luminance);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${what(node)}`);
  }

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push("the page scrolls sideways");
  return faults;
}
