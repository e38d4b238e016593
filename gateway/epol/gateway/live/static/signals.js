// Small charts of what providers read, those that a rule reads first.

import { line } from "./charts.js";
import { $, h, put, say, soft, table } from "./dom.js";
import { time, value } from "./format.js";

const cards = new Map();

/** Make a card for each signal of a policy. */
export function prepare(about) {
  cards.clear();
  const made = about.signals.map((signal) => [signal, card(signal)]);
  const of = (is_read) => made.filter(([signal]) => signal.is_read === is_read).map(([, each]) => each.element);
  $("signals").replaceChildren(...of(true));
  $("other-signals").hidden = of(false).length === 0;
  $("other-signals").lastElementChild.replaceChildren(...of(false));
  for (const [signal, each] of made) cards.set(signal.name, each);
}

function card(signal) {
  const now = h("strong", {}), range = h("span", { class: "muted" }), chart = h("div", { class: "line" }), rows = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Readings of ${signal.name}` });
  const more = h("details", {}, h("summary", {}, "As a table"), rows);
  const turns = signal.turns.filter((at) => at > 0 || signal.turns.length === 1).map((at) => value(signal.type, at));
  const note = signal.type !== "bool" && turns.length > 0 && h("span", { class: "muted turns" }, `turns at ${turns.slice(0, 3).join(", ")}`);
  const element = h("article", { class: signal.type === "bool" ? "panel signal truth" : "panel signal", "aria-label": signal.name },
    h("h4", {}, soft(signal.name)), h("p", {}, now, " ", range), chart, note, more);
  return { signal, now, range, chart, rows, more, element };
}

export function draw(about, points) {
  for (const each of cards.values()) {
    const { signal } = each;
    const readings = points.map((point) => point.signals[signal.name] ?? null);
    const known = readings.filter((reading) => reading !== null);
    const last = readings.at(-1) ?? null;
    say(each.now, last === null ? "not read" : value(signal.type, last));
    const low = value(signal.type, Math.min(...known)), high = value(signal.type, Math.max(...known));
    const range = !known.length || signal.type === "bool" ? "" : low === high ? "throughout" : `${low} to ${high}`;
    say(each.range, range);
    put(each.chart, known.length > 1 && line(signal, readings, `${signal.name}: ${each.now.textContent}, ${range} in ten minutes`));
    if (each.more.open) put(each.rows, minutes(signal, points));
  }
}

/** The last reading of each half minute, the newest first. */
function minutes(signal, points) {
  const last = new Map();
  for (const { at, signals } of points) last.set(Math.floor(at / 30), [at, signals[signal.name]]);
  const rows = [...last.values()].reverse().map(([at, reading]) =>
    h("tr", {}, h("th", { scope: "row" }, time(at * 1000)), h("td", { class: "number" }, value(signal.type, reading))));
  return table(`Readings of ${signal.name}`, ["Time", "Reading"], rows);
}
