// A prompt and facts go to the gateway, which says what it would decide, and forgets them.

import { controls } from "./controls.js";
import { $, h, say } from "./dom.js";
import * as verdict from "./verdict.js";

const PATIENCE = 180;
const state = { about: null, made: null, timer: 0, asking: null, is_stale: true };

/** Make the controls of a policy; what was said by another one is gone. */
export function prepare(about) {
  state.about = about;
  state.made = controls(about, later);
  $("controls").replaceChildren(state.made.element);
  state.is_stale = true;
  if (!$("what-if").hidden) later();
}

/** What is so now: where the sliders stand that nobody has moved. */
export function readings(signals) {
  for (const each of state.made?.all ?? []) each.now(signals[each.info.name]);
}

export function show() {
  if (state.made && state.is_stale) later();
}

function later() {
  clearTimeout(state.timer);
  state.timer = setTimeout(ask, PATIENCE);
}

async function ask() {
  state.asking?.abort();
  const asking = (state.asking = new AbortController());
  const own = state.made.all.filter((each) => each.value !== undefined);
  const given = Object.fromEntries(own.map((each) => [each.info.name, each.value]));
  try {
    const answer = await fetch("what-if", { method: "POST", signal: asking.signal,
      headers: { "content-type": "application/json" }, body: JSON.stringify({ text: $("prompt").value, given }) });
    if (answer.status === 401) location.assign("login");
    else if (answer.status === 503) later();
    else draw(answer.ok, await answer.json());
  } catch (error) {
    if (error.name !== "AbortError") say($("verdict"), "The gateway does not answer.");
  }
}

function draw(is_good, told) {
  if (!is_good) {
    $("verdict").replaceChildren(h("span", { class: "refused" }, told.error?.message ?? "That cannot be decided."));
    return;
  }
  state.is_stale = false;
  verdict.draw(state.about, told, $("prompt").value === "");
  for (const each of state.made.all) {
    each.state(told.stated[each.info.name]);
    each.sweep(told.sweeps[each.info.name]);
  }
}

$("prompt").addEventListener("input", later);
$("reset").addEventListener("click", () => {
  for (const each of state.made?.all ?? []) each.reset(false);
  later();
});
