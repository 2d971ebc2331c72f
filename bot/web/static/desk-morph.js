// Swapping in what differs, so that focus, scroll, selection and typed text stay where they are.

/** Make `old` look like `fresh`, touching only what differs. Elements with an id keep their identity. */
export function morph(old, fresh, isNew = false) {
  if (old.isEqualNode(fresh) || (!isNew && old.dataset?.keep !== undefined)) return;
  for (const { name } of [...old.attributes]) {
    const isReaders = name === "open"; // what is unfolded stays so
    if (!isReaders && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  morphChildren(old, fresh, isNew);
}

function morphChildren(parent, fresh, isNew) {
  const named = new Map([...parent.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = parent.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = (wanted.id && named.get(wanted.id)) || (isLike(at, wanted) ? at : null);
    if (!match) {
      parent.insertBefore(wanted, at);
    } else if (match.nodeType !== Node.ELEMENT_NODE) {
      if (match.data !== wanted.data) match.data = wanted.data;
      at = match.nextSibling;
    } else {
      // Moving an element would take its focus: the others make way instead.
      while (at !== match && at && !at.contains(document.activeElement)) at = removed(at);
      if (at !== match) parent.insertBefore(match, at);
      morph(match, wanted, isNew);
      at = match.nextSibling;
    }
  }
  while (at) at = removed(at);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

const isLike = (node, wanted) =>
  node && node.nodeName === wanted.nodeName && (node.id ?? "") === (wanted.id ?? "");
