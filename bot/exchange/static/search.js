// Search in the page: shows the answers that have every word, or words that begin so.

const form = document.querySelector("form[role=search]");
const field = form.elements.q;
const status = form.querySelector("[role=status]");
const sections = [...document.querySelectorAll("main section")];

const plain = (text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/œ/g, "oe")
    .replace(/æ/g, "ae")
    .replace(/ß/g, "ss");

const words = (text) => plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];

const said = (article) => `${article.closest("section").querySelector("h2")?.textContent} ${article.textContent}`;

const held = new Map(
  [...document.querySelectorAll("main article")].map((article) => [article, words(said(article))]),
);

function search() {
  const wanted = words(field.value);
  let found = 0;
  for (const [article, has] of held) {
    article.hidden = !wanted.every((word) => has.some((one) => one.startsWith(word)));
    found += article.hidden ? 0 : 1;
  }
  for (const section of sections) {
    section.hidden = !section.querySelector("article:not([hidden])");
  }
  const told = found ? `${status.dataset.found} ${found}` : status.dataset.none;
  status.textContent = wanted.length ? told : "";
}

function reveal() {
  const article = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (article?.closest("[hidden]")) {
    field.value = "";
    search();
    article.scrollIntoView();
  }
}

form.hidden = false;
field.value = new URLSearchParams(location.search).get("q") ?? "";
field.addEventListener("input", search);
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", reveal);
search();
