// Asks the gateway each second what is so, and has it drawn.

import * as colours from "./colours.js";
import * as decisions from "./decisions.js";
import * as live from "./live.js";
import * as signals from "./signals.js";
import * as whatif from "./whatif.js";
import { $, say } from "./dom.js";

const SECOND = 1000, MOST_PATIENCE = 10;
const page = { about: null, rows: 0, sampled: 0, points: [], failures: 0, paused: false, timer: 0, now: null };

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" }, signal: AbortSignal.timeout(10 * SECOND) });
  if (answer.status === 401) location.assign("login");
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function round() {
  clearTimeout(page.timer);
  if (page.paused || document.hidden) return;
  try {
    const now = await ask(`now?rows=${page.rows}&samples=${page.sampled}`);
    if (now.policy.digest !== page.about?.policy.digest) await learn();
    take(now);
    page.failures = 0;
    tell("on", "Live");
  } catch (error) {
    page.failures += 1;
    tell("off", "The gateway does not answer");
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) console.warn("epol:", error.message);
  }
  page.timer = setTimeout(round, SECOND * Math.min(MOST_PATIENCE, 1 + page.failures));
}

async function learn() {
  page.about = await ask("about");
  const { name, version, digest } = page.about.policy;
  say($("policy"), `${name} ${version ?? ""} · ${digest.slice(7, 19)}`);
  document.title = `${name} · epol`;
  colours.learn(page.about.targets);
  signals.prepare(page.about);
  whatif.prepare(page.about);
}

function take(now) {
  page.now = now;
  page.rows = now.last;
  page.sampled = now.sampled;
  page.points.push(...now.samples.map(([at, readings, traffic]) => ({ at, signals: readings, traffic })));
  page.points = page.points.filter((each) => each.at > now.now / 1000 - page.about.span);
  decisions.add(now.rows);
  if (!$("live").hidden) draw();
  whatif.readings(page.points.at(-1)?.signals ?? {});
}

function draw() {
  if (!page.now) return;
  live.draw(page.about, page.now, page.points);
  signals.draw(page.about, page.points);
}

function tell(kind, text) {
  $("status").dataset.kind = kind;
  say($("status").lastElementChild, text);
}

function pause() {
  page.paused = !page.paused;
  $("pause").setAttribute("aria-pressed", String(page.paused));
  if (page.paused) tell("off", "Paused");
  else round();
}

/** The view that the address names. */
function show() {
  const chosen = location.hash === "#what-if" ? "what-if" : "live";
  for (const view of ["live", "what-if"]) $(view).hidden = view !== chosen;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (chosen === "live") draw();
  else whatif.show();
  scrollTo(0, 0);
}

$("pause").addEventListener("click", pause);
$("other-signals").addEventListener("toggle", draw);
addEventListener("hashchange", show);
document.addEventListener("visibilitychange", round);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
show();
round();
