// Elements made of names and text.  What comes from requests only ever becomes text.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; strings and numbers become text. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false)
    .map((each) => (each instanceof Node ? each : String(each))));
  return element;
}

/** Put new children in place of an element's own, unless the reader is in there. */
export function put(element, ...children) {
  if (element.contains(document.activeElement) && element !== document.activeElement) return;
  const scrolled = element.querySelector(".scroll")?.scrollTop;
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (scrolled) element.querySelector(".scroll")?.scrollTo(0, scrolled);
}

/** A table with a caption for readers who do not see it, heads, and rows of cells. */
export function table(caption, heads, rows, attributes = {}) {
  return h("table", attributes,
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, heads.map((each) => h("th", { scope: "col" }, each)))),
    h("tbody", {}, rows));
}

/** A dotted name that may be broken behind its dots and underscores. */
export const soft = (name) => name.split(/(?<=[._])/).flatMap((part) => [part, document.createElement("wbr")]);

/** Show other text where it is other text: a live region says it again otherwise. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
