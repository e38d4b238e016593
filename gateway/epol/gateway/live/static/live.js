// The panels of what is so: sums, traffic, rules, treatments, money.

import { stacked } from "./charts.js";
import { colour, name, order } from "./colours.js";
import { $, h, put, table } from "./dom.js";
import { count, dollars, share, time } from "./format.js";

const BAR = 10;
const rows = (now, family) => now.counts[`epol_${family}`] ?? [];
const sum = (list) => list.reduce((total, each) => total + each.at(-1), 0);
const where = (list, ...labels) => sum(list.filter((each) => labels.every((label, at) => label === each[at])));

/** Everything in the view but decisions and signals. */
export function draw(about, now, points) {
  sums(about, now, points);
  traffic(about, now, points);
  rules(about, now);
  treated(now);
  money(now);
}

function sums(about, now, points) {
  const all = sum(Object.entries(now.traffic));
  const near = sum(about.targets.filter((each) => each.at !== "cloud").map((each) => [now.traffic[each.name] ?? 0]));
  const answered = sum(about.targets.map((each) => [now.traffic[each.name] ?? 0]));
  const minute = points.slice(-60 / about.step).reduce((total, each) => total + sum(Object.entries(each.traffic)), 0);
  const stopped = (now.traffic[":blocked"] ?? 0) + (now.traffic[":held"] ?? 0);
  const taken = where(rows(now, "compared_dollars_total"), "taken");
  const cloud = where(rows(now, "compared_dollars_total"), "all-cloud");
  const values = sum(rows(now, "treated_values_total"));
  put($("sums"),
    tile("Requests", count(all), `${count(minute)} in the last minute`),
    tile("Stayed near", share(near, answered), `${count(near)} of ${count(answered)} answers`),
    tile("Values treated", count(values), `of ${count(new Set(rows(now, "treated_values_total").map(([label]) => label)).size)} labels`),
    tile("Blocked or held", count(stopped), `${count(now.traffic[":failed"] ?? 0)} more failed`),
    tile("Saved", dollars(cloud - taken), `of ${dollars(cloud)} all-cloud`));
}

const tile = (title, figure, more) =>
  h("div", { class: "panel tile" }, h("dt", {}, title), h("dd", {}, h("strong", {}, figure), h("span", { class: "muted" }, more)));

function traffic(about, now, points) {
  const bars = binned(points, about, now.now / 1000);
  const series = order().filter((each) => bars.some((bar) => bar[each]) || now.traffic[each]);
  const totals = series.map((each) => `${name(each)} ${count(now.traffic[each] ?? 0)}`).join(", ");
  put($("traffic"), stacked(bars, series, BAR, `Requests by where they went. Since the beginning: ${totals || "none"}.`));
  const minutes = Array.from({ length: about.span / 60 }, (_, at) => {
    const own = bars.slice((at * 60) / BAR, ((at + 1) * 60) / BAR);
    const cells = series.map((each) => h("td", { class: "number" }, count(own.reduce((n, bar) => n + (bar[each] ?? 0), 0))));
    return h("tr", {}, h("th", { scope: "row" }, time(now.now - (about.span - at * 60) * 1000)), cells);
  });
  put($("traffic-table"), table("Requests by minute", ["From", ...series.map(name)], minutes));
  put($("targets"), targets(about, now));
}

function binned(points, about, now) {
  const bars = Array.from({ length: about.span / BAR }, () => ({}));
  for (const { at, traffic: went } of points) {
    const place = Math.floor((at - (now - about.span)) / BAR);
    const bar = bars[Math.min(place, bars.length - 1)];
    if (!bar || place < 0) continue;
    for (const [each, number] of Object.entries(went)) bar[each] = (bar[each] ?? 0) + number;
  }
  return bars;
}

function targets(about, now) {
  const all = sum(Object.entries(now.traffic));
  const body = about.targets.map((target) => {
    const number = now.traffic[target.name] ?? 0;
    return h("tr", {},
      h("th", { scope: "row" }, chip(target.name), h("span", { class: "muted" }, ` ${target.at}`)),
      bar(number, all, colour(target.name)),
      h("td", { class: "number" }, count(where(rows(now, "fallbacks_total"), target.name))),
      h("td", {}, state(target, now)));
  });
  const nowhere = [":blocked", ":held", ":failed"].filter((each) => now.traffic[each]).map((each) =>
    h("tr", {}, h("th", { scope: "row" }, chip(each)), bar(now.traffic[each], all, colour(each)), h("td"), h("td")));
  return table("Targets with their share of requests", ["Target", "Requests", "As fallback", "State"], [...body, ...nowhere], { class: "bars" });
}

/** Its breakers: a worker that keeps away from it is enough to say so. */
function state(target, now) {
  if (!target.has_address) return h("span", { class: "muted" }, "no address");
  const workers = rows(now, "circuit_workers").filter((each) => each[0] === target.name && each.at(-1) > 0);
  if (workers.every((each) => each[1] === "closed")) return h("span", { class: "good" }, "up");
  return h("span", { class: "bad" }, workers.some((each) => each[1] === "open") ? "down" : "trying");
}

export const chip = (where, text = name(where)) => h("span", { class: "chip" }, h("i", { "--c": colour(where), "aria-hidden": "true" }), text);

/** A cell with a number, its share, and a bar of it. */
function bar(number, of, fill) {
  const part = of ? number / of : 0;
  return h("td", { class: "bar number", "--part": part, "--c": fill }, count(number), h("span", { class: "muted" }, share(number, of)));
}

function rules(about, now) {
  const decided = sum(rows(now, "decisions_total"));
  const reasons = new Map(about.rules.map((each) => [each.name, each.because]));
  const fired = rows(now, "rules_fired_total").toSorted((a, b) => b[1] - a[1]);
  const refused = new Map();
  for (const [, rule, number] of rows(now, "refusals_total")) refused.set(rule, (refused.get(rule) ?? 0) + number);
  const body = fired.map(([rule, number]) => h("tr", {},
    h("th", { scope: "row" }, h("span", { class: "name" }, rule), reasons.get(rule) && h("span", { class: "muted because" }, reasons.get(rule))),
    bar(number, decided, "var(--accent)"),
    h("td", { class: "number" }, refused.has(rule) ? count(refused.get(rule)) : "")));
  const silent = about.rules.filter((each) => each.flows.includes("request") && !fired.some(([rule]) => rule === each.name));
  put($("rules"), fired.length ? h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All rules that fired" },
    table("Rules with the requests for which they fired", ["Rule", "Requests", "Refused"], body, { class: "bars" })) : empty("No rule has fired yet."),
  silent.length > 0 && h("p", { class: "muted" }, `${count(silent.length)} rules of ${count(about.rules.length)} have not fired on any request.`));
}

function treated(now) {
  const values = new Map(rows(now, "treated_values_total").map(([label, how, number]) => [`${label} ${how}`, number]));
  const list = rows(now, "treatments_total").toSorted((a, b) => b[2] - a[2]);
  const most = Math.max(...list.map((each) => each[2]), 0);
  const body = list.map(([label, how, number]) => h("tr", {},
    h("th", { scope: "row" }, h("span", { class: "name" }, label)), h("td", {}, h("span", { class: "tag" }, how)),
    h("td", { class: "bar short number", "--part": most ? number / most : 0, "--c": "var(--treated)" }, count(number)),
    h("td", { class: "number" }, count(values.get(`${label} ${how}`) ?? 0))));
  put($("treated"), list.length ? table("Labels that were treated", ["Label", "How", "Requests", "Values"], body, { class: "bars" })
    : empty("Nothing has been treated yet."),
  h("p", { class: "muted" }, "Names of labels and numbers. The values themselves are nowhere here."));
}

const LEFT = { "no-tokens": "whose answer names no tokens, as streams need not", "no-cloud": "that might not have gone to the cloud", "no-price": "for a cloud without a price" };

function money(now) {
  const taken = where(rows(now, "compared_dollars_total"), "taken");
  const cloud = where(rows(now, "compared_dollars_total"), "all-cloud");
  const compared = rows(now, "compared_requests_total");
  const left = compared.filter((each) => each[0] !== "compared").map(([why, number]) => `${count(number)} ${LEFT[why] ?? why}`);
  const most = Math.max(taken, cloud);
  const row = (title, amount, fill) => h("tr", {}, h("th", { scope: "row" }, title),
    h("td", { class: "bar number", "--part": most ? amount / most : 0, "--c": fill }, dollars(amount)));
  put($("money"), table("Cost as it went, and all-cloud", ["Way", "Dollars"], [row("As it went", taken, "var(--local-0)"), row("All-cloud", cloud, "var(--cloud-0)"), h("tr", { class: "total" }, h("th", { scope: "row" }, "Saved"), h("td", { class: "number" }, dollars(cloud - taken)))], { class: "bars" }),
    h("p", { class: "muted" }, `${count(where(compared, "compared"))} answered requests are compared: with the tokens that their answers name, at the policy’s price of the target that answered, and at that of the first cloud target that the decision permitted.`),
    left.length > 0 && h("p", { class: "muted" }, `Left out: ${left.join("; ")}.`),
    budget(now));
}

function budget(now) {
  const spent = rows(now, "budget_spent_dollars"), remaining = rows(now, "budget_remaining_dollars");
  return spent.length > 0 && h("p", {}, `Budget: ${dollars(sum(spent))} spent, ${dollars(sum(remaining))} left.`);
}

export const empty = (text) => h("p", { class: "muted empty" }, text);
