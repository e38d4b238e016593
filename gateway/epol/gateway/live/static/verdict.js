// A decision and why: candidates, what removed them, how they rank, and the text that would go out.

import { $, h, table } from "./dom.js";
import { chip, empty } from "./live.js";

export function draw(about, told, is_empty) {
  const { decision } = told;
  headline(decision);
  $("why").replaceChildren(candidates(about, decision), ...notes(about, decision));
  $("found").replaceChildren(is_empty ? empty("There is no prompt yet.") : text(told.found, "found"), counted(decision));
  $("previews").replaceChildren(...(told.previews.length ? told.previews.map((each, at) => preview(each, at, decision, is_empty)) : [empty("Nothing: the request is blocked.")]));
}

function headline(decision) {
  const { status, target, failure } = decision;
  const parts = failure ? ["Blocked: ", failure] : status === "block" ? ["Blocked: no target may have it"]
    : status === "hold" ? ["Held: a person must approve before it goes to ", chip(target)] : ["Goes to ", chip(target)];
  const words = h("span", { class: `headline ${status}` }, parts);
  // The same verdict again is not said again.
  if ($("verdict").textContent !== words.textContent) $("verdict").replaceChildren(words);
}

function candidates(about, decision) {
  const rankOf = ({ name }) => (decision.order.indexOf(name) + about.targets.length + 1) % (about.targets.length + 1);
  const body = about.targets.toSorted((a, b) => rankOf(a) - rankOf(b)).map(({ name, at }) => {
    const own = decision.targets[name];
    const rank = decision.order.indexOf(name);
    const against = decision.reasons.filter((each) => each.target === name);
    const treated = Object.entries(own.treatments).map(([label, how]) => h("span", { class: "tag" }, `${label} ${how}`));
    const limits = [...Object.entries(own.caps).map(([cap, most]) => `${cap} ≤ ${most}`), ...(own.tools ? [`tools: ${own.tools.join(", ") || "none"}`] : []), ...own.tags.map((each) => `tag ${each}`)];
    return h("tr", { class: rank === 0 ? "first" : rank < 0 ? "out" : "" },
      h("td", { class: "number" }, rank < 0 ? "–" : rank + 1),
      h("th", { scope: "row" }, chip(name), h("span", { class: "muted" }, ` ${at}`)),
      h("td", {}, rank < 0 ? h("span", { class: "word block" }, "refused") : own.hold ? h("span", { class: "word hold" }, "held") : h("span", { class: "word route" }, "permitted")),
      h("td", { class: "number" }, rank < 0 ? "" : own.score),
      h("td", {}, against.map((each) => h("div", {}, h("span", { class: "name" }, each.rule), each.because && h("span", { class: "muted because" }, each.because))),
        treated, limits.map((each) => h("span", { class: "tag plain" }, each))),
      h("td", {}, own.fired.map((each) => h("span", { class: "tag plain" }, each))));
  });
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Candidates" },
    table("Every target: whether it may have the request, its score, and why", ["Rank", "Target", "", "Score", "Refusals, treatments, limits", "Rules that fired"].map((each) => each || h("span", { class: "unseen" }, "Verdict")), body, { class: "candidates" }));
}

function notes(about, decision) {
  const found = [];
  if (decision.order.length > 1) found.push(`By score the order is ${decision.order.join(", ")}; equal scores stand in the policy’s order. Each fallback gets the text treated for itself.`);
  if (decision.unknown.length) found.push(`Unknown, and it mattered: ${decision.unknown.join(", ")}. What is unknown fires restrictions and no preferences.`);
  if (decision.skipped.length) found.push(`Not asked for, since it could not matter: ${decision.skipped.join(", ")}.`);
  return found.map((each) => h("p", { class: "muted" }, each));
}

function counted(decision) {
  const labels = Object.entries(decision.labels).filter(([, number]) => number !== 0);
  return h("p", {}, labels.length ? labels.map(([label, number]) => h("span", { class: "tag" }, `${label} ${number ?? "unknown"}`)) : h("span", { class: "muted" }, "No label is found."));
}

/** A text in pieces; those of a label are marked and say so. */
function text(pieces, kind) {
  return h("div", { class: "text", tabindex: 0, role: "region", "aria-label": kind === "found" ? "The prompt with what is found" : `The text for ${kind}` },
    pieces.map(([piece, label]) => (label ? h("mark", { title: label }, piece, h("span", { class: "unseen" }, ` (${label})`)) : piece)));
}

function preview(each, at, decision, is_empty) {
  const rest = Object.entries(each.body ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const held = decision.targets[each.target].hold;
  return h("details", { open: at === 0, class: "preview" },
    h("summary", {}, chip(each.target), h("span", { class: "muted" }, at === 0 ? (held ? " once a person approves" : " the choice") : ` fallback ${at}`)),
    each.problem ? h("p", { class: "refused" }, each.problem)
      : each.text === null ? empty("The whole text is dropped.")
        : is_empty ? empty("There is no prompt yet.") : text(each.text, each.target),
    rest.length > 0 && h("p", { class: "muted" }, rest.join(", ")));
}
