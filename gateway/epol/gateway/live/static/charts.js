// Two charts: bars that stand on each other, and lines of signals.

import { s } from "./dom.js";
import { colour } from "./colours.js";
import { count, value } from "./format.js";

const WIDTH = 720, HEIGHT = 180, LEFT = 34, BOTTOM = 18, TOP = 6;

/** Bars of counts by series: `bars` are maps of counts, the oldest first, of `seconds` each. */
export function stacked(bars, series, seconds, label) {
  const sums = bars.map((bar) => series.reduce((sum, each) => sum + (bar[each] ?? 0), 0));
  const most = nice(Math.max(...sums, 1));
  const step = (WIDTH - LEFT) / bars.length;
  const high = HEIGHT - BOTTOM - TOP;
  const floor = bars.map(() => 0);
  const shapes = series.map((each) => {
    let path = "";
    bars.forEach((bar, at) => {
      const tall = ((bar[each] ?? 0) / most) * high;
      if (tall <= 0) return;
      const x = LEFT + at * step + step * 0.1;
      path += `M${x.toFixed(1)} ${(TOP + high - floor[at]).toFixed(1)}v${(-tall).toFixed(1)}h${(step * 0.8).toFixed(1)}v${tall.toFixed(1)}z`;
      floor[at] += tall;
    });
    return path && s("path", { d: path, fill: colour(each) });
  });
  const lines = [0, most / 2, most].map((at) => {
    const y = TOP + high - (at / most) * high;
    return [s("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "grid" }),
      s("text", { x: LEFT - 6, y: y + 3.5, class: "tick end" }, Number.isInteger(at) ? count(at) : "")];
  });
  const minutes = Math.round((bars.length * seconds) / 60);
  const times = [[LEFT, `${minutes} min ago`, "tick"], [WIDTH, "now", "tick end"],
    [(LEFT + WIDTH) / 2, `${minutes / 2} min ago`, "tick mid"]];
  return s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    lines, shapes.filter(Boolean), times.map(([x, text, kind]) => s("text", { x, y: HEIGHT - 4, class: kind }, text)));
}

/** A number at least as large, of one digit. */
function nice(number) {
  const size = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 4, 5, 6, 8, 10].map((each) => each * size).find((each) => each >= number);
}

const W = 240, H = 52;

/** A line of readings, null where there are none, and where the policy turns if that is in sight. */
export function line(signal, readings, label) {
  const known = readings.filter((each) => each !== null);
  const highest = signal.type === "bool" ? 1 : Math.max(...known, 0);
  const turns = signal.type === "bool" ? [] : signal.turns.filter((at) => at > 0 && at <= highest * 6 + 1);
  const lowest = Math.min(...known, 0);
  const top = Math.max(highest, ...turns, lowest + 1) * (signal.type === "bool" ? 1 : 1.1);
  const x = (at) => (at / Math.max(1, readings.length - 1)) * W;
  const y = (each) => H - 3 - ((each - lowest) / (top - lowest)) * (H - 6);
  let path = "", area = "", from = null;
  readings.forEach((each, at) => {
    if (each === null) { from = null; return; }
    const step = from !== null && signal.type === "bool" ? `H${x(at).toFixed(1)}V${y(each).toFixed(1)}` : `L${x(at).toFixed(1)} ${y(each).toFixed(1)}`;
    path += from === null ? `M${x(at).toFixed(1)} ${y(each).toFixed(1)}` : step;
    area += `M${x(at).toFixed(1)} ${H}V${y(each).toFixed(1)}`;
    from = at;
  });
  return s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
    s("path", { d: area, class: "under" }),
    turns.map((at) => s("line", { x1: 0, x2: W, y1: y(at), y2: y(at), class: "turn" }, s("title", {}, `a rule compares with ${value(signal.type, at)}`))),
    s("path", { d: path, class: "over" }));
}
