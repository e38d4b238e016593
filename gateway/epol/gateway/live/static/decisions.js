// The last requests, the newest first; a row opens to say why.

import { $, h } from "./dom.js";
import { chip, empty } from "./live.js";
import { dollars, time } from "./format.js";

const MOST = 200;
const HEADS = ["", "Time", "Caller", "Decision", "Answered by", "Treated", "Rules", "Saved", "Time taken"];
let body = null;

/** Put new rows on top; they glow once, where motion is welcome. */
export function add(rows) {
  const place = $("decisions");
  if (!body) {
    if (!rows.length) {
      if (!place.hasChildNodes()) place.append(empty("No request has come yet."));
      return;
    }
    body = h("tbody");
    place.replaceChildren(h("table", { class: "feed" }, h("caption", { class: "unseen" }, "The last requests, the newest first"),
      h("thead", {}, h("tr", {}, HEADS.map((each) => h("th", { scope: "col" }, each || h("span", { class: "unseen" }, "Open"))))), body));
  }
  const at = place.scrollTop, before = place.scrollHeight;
  for (const row of rows) body.prepend(...made(row));
  while (body.children.length > 2 * MOST) body.lastElementChild.remove();
  // Who reads further down goes on reading there.
  if (at > 0) place.scrollTop = at + place.scrollHeight - before;
}

export function clear() {
  body = null;
  $("decisions").replaceChildren();
}

function made(row) {
  const more = h("tr", { class: "more", hidden: true, id: `more-${row.id}` }, h("td", { colspan: HEADS.length }, details(row)));
  const open = h("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": more.id, "aria-label": `Why ${row.id}`,
    onclick: () => {
      more.hidden = !more.hidden;
      open.setAttribute("aria-expanded", String(!more.hidden));
    } });
  return [h("tr", { class: "new" },
    h("td", {}, open),
    h("td", { class: "number" }, h("time", { datetime: new Date(row.at).toISOString() }, time(row.at))),
    h("td", {}, row.caller || "–"),
    h("td", {}, verdict(row)),
    h("td", {}, row.target ? chip(row.target) : h("span", { class: "muted" }, row.status === 499 ? "caller left" : "nobody"),
      row.target && row.attempts.length > 1 ? h("span", { class: "tag" }, "fallback") : null),
    h("td", {}, row.treated.slice(0, 3).map((each) => h("span", { class: "tag" }, `${each.label} ${each.count ?? "?"}`)),
      row.treated.length > 3 ? h("span", { class: "muted" }, `+${row.treated.length - 3}`) : null),
    h("td", { class: "cut" }, row.target || !row.reasons.length ? row.fired.join(", ") : [...new Set(row.reasons.map((each) => each.rule))].join(", ")),
    h("td", { class: "number" }, row.taken === null ? "" : dollars((row.all_cloud - row.taken) / 1e6)),
    h("td", { class: "number" }, `${row.milliseconds.toFixed(row.milliseconds < 10 ? 1 : 0)} ms`)), more];
}

const WORDS = { route: "route", hold: "held", block: "blocked" };

function verdict(row) {
  const word = WORDS[row.decided] ?? (row.problem || String(row.status));
  const kind = row.decided || "none";
  const failed = row.decided === "route" && !row.target && row.problem;
  return [h("span", { class: `word ${kind}` }, word), failed ? h("span", { class: "tag" }, row.problem) : null];
}

function details(row) {
  const list = (title, items) => items.length > 0 && [h("dt", {}, title), h("dd", {}, items.map((each) => h("span", { class: "tag" }, each)))];
  return h("dl", { class: "pairs" },
    h("dt", {}, "Name"), h("dd", {}, h("code", {}, row.id), ` ${row.api}, status ${row.status}${row.problem ? `, ${row.problem}` : ""}`),
    list("Attempts", row.attempts),
    list("Treated", row.treated.map((each) => `${each.label}: ${each.treatment}, ${each.count ?? "unknown how many"}`)),
    list("Stands against it", row.reasons.map((each) => `${each.rule} on ${each.target}`)),
    list("Fired", row.fired),
    row.more > 0 && [h("dt", {}, "More"), h("dd", {}, `${row.more} that are not listed`)]);
}
