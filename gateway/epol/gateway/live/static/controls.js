// A slider, a switch or words for each fact that may be said to be otherwise.

import { colour } from "./colours.js";
import { h, say, soft } from "./dom.js";
import { value } from "./format.js";

/** The controls of a policy; `changed` is called when one is moved. */
export function controls(about, changed) {
  const made = about.controls.map((each) => control(each, changed));
  const group = (title, list) => list.length > 0 && h("fieldset", {}, h("legend", {}, title), h("div", { class: "controls" }, list.map((each) => each.element)));
  const of = (test) => made.filter(({ info }) => test(info));
  const unread = of((info) => !info.is_read);
  const element = h("div", {},
    group("Signals", of((info) => info.is_read && info.keyword === "signal")),
    group("Request and caller", of((info) => info.is_read && info.keyword !== "signal")),
    unread.length > 0 && h("details", { class: "others" }, h("summary", {}, `${unread.length} that no rule reads`), h("div", { class: "controls" }, unread.map((each) => each.element))));
  return { element, all: made };
}

function control(info, changed) {
  const id = `c-${info.name}`;
  const shown = h("output", { for: id });
  const back = h("button", { type: "button", class: "back", "aria-label": `${info.name} as it is`, hidden: true, onclick: () => own.reset(true) }, "as it is");
  const strip = h("div", { class: "strip", "aria-hidden": "true" });
  const along = h("span", { class: "muted along", id: `${id}-along` });
  const input = KINDS[info.stops.length ? "slider" : info.type](info, id);
  const own = {
    info, input, value: undefined, reading: undefined, stated: undefined,
    element: h("div", { class: "control" },
      h("label", { for: id }, soft(info.name)), h("span", { class: "said" }, shown, back), input.element, strip, along),
    /** What is so now, which the slider stands at as long as nobody moves it. */
    now(reading) {
      own.reading = reading;
      if (own.value === undefined) own.refresh();
    },
    /** What the prompt itself says of it. */
    state(said) {
      own.stated = said;
      own.refresh();
    },
    reset(tells) {
      own.value = undefined;
      own.refresh();
      if (tells) { input.focus(); changed(); }
    },
    refresh() {
      const is_own = own.value !== undefined;
      const current = own.stated ?? own.reading ?? info.fallback ?? undefined;
      back.hidden = !is_own;
      own.element.classList.toggle("own", is_own);
      input.set(is_own ? own.value : current, is_own);
      const where = own.stated !== undefined ? "by the prompt" : info.keyword === "signal" ? "now" : "by default";
      const text = is_own ? value(info.type, own.value) : current === undefined ? "not known" : `${value(info.type, current)} ${where}`;
      say(shown, Array.isArray(own.value) ? own.value.join(", ") || "none" : text);
      input.says(shown.textContent);
    },
    /** Colour the values by where the request would go. */
    sweep(runs) {
      strip.replaceChildren(...(runs ?? []).map(([size, where]) => h("i", { "--size": size, "--c": hue(where) })));
      say(along, words(info, runs));
      along.classList.toggle("unseen", (runs?.length ?? 0) < 2);
    },
  };
  input.element.addEventListener("input", () => {
    own.value = input.get();
    own.refresh();
    changed();
  });
  own.refresh();
  return own;
}

const hue = (where) => (where === "" ? "var(--blocked)" : where.startsWith("?") ? "var(--held)" : colour(where));
const said = (where) => (where === "" ? "blocked" : where.startsWith("?") ? `held for ${where.slice(1)}` : where);

/** The strip in words: where the verdict turns. */
function words(info, runs) {
  if (!runs?.length) return "";
  if (runs.length === 1) return `${said(runs[0][1])} throughout`;
  let place = 0;
  return runs.slice(0, 4).map(([size, where, first], number) => {
    const at = place;
    place += size;
    if (info.stops.length) return number === 0 ? said(where) : `${turn(info.type, first)} ${said(where)}`;
    const own = info.type === "bool" ? ["no", "yes"] : info.members;
    return `${own.slice(at, place).join(", ")}: ${said(where)}`;
  }).join(info.stops.length ? ", " : "; ") + (runs.length > 4 ? " …" : "");
}

const UNITS = { duration: 1000, number: 10000, money: 10000, size: 2 ** 20 };

/** From which value on, told by the rounder of the two between which the verdict turns. */
function turn(type, first) {
  const unit = UNITS[type];
  return unit && first % unit && (first - 1) % unit === 0 ? `above ${value(type, first - 1)}` : `from ${value(type, first)}`;
}

const KINDS = {
  slider(info, id) {
    const element = h("input", { type: "range", id, min: 0, max: info.stops.length - 1, step: 1, "aria-describedby": `${id}-along` });
    const nearest = (number) => info.stops.reduce((best, each, at) => (Math.abs(each - number) < Math.abs(info.stops[best] - number) ? at : best), 0);
    return { element, get: () => info.stops[element.value], set: (number) => { element.value = number === undefined ? 0 : nearest(number); },
      says: (text) => element.setAttribute("aria-valuetext", text), focus: () => element.focus() };
  },
  bool: (info, id) => choice(id, [["true", "yes", true], ["false", "no", false]]),
  enum: (info, id) => choice(id, info.members.map((each) => [each, each, each])),
  string(info, id) {
    const element = h("input", { type: "text", id, autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-along` });
    return { element, get: () => element.value, set: (text, own) => { if (!own) element.value = ""; }, says() {}, focus: () => element.focus() };
  },
  set(info, id) {
    const boxes = info.members.map((each) => h("input", { type: "checkbox", value: each }));
    boxes[0]?.setAttribute("id", id);
    const element = h("div", { class: "boxes", role: "group", "aria-label": info.name }, info.members.map((each, at) => h("label", {}, boxes[at], each)));
    return { element, get: () => boxes.filter((each) => each.checked).map((each) => each.value),
      set: (list) => boxes.forEach((each) => { each.checked = (list ?? []).includes(each.value); }), says() {}, focus: () => boxes[0]?.focus() };
  },
};

function choice(id, options) {
  const element = h("select", { id, "aria-describedby": `${id}-along` }, h("option", { value: "" }, "as it is"), options.map(([key, text]) => h("option", { value: key }, text)));
  return { element, get: () => options.find(([key]) => key === element.value)?.[2],
    set: (raw, own) => { element.value = own ? (options.find(([, , each]) => each === raw)?.[0] ?? "") : ""; }, says() {}, focus: () => element.focus() };
}
