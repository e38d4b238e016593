// Numbers as people read them; those of signals are on the scale of their type.

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const count = (number) => whole.format(Math.round(number));
export const share = (part, of) => (of ? `${tenths.format((100 * part) / of)} %` : "–");
export const time = (milliseconds) => clock.format(milliseconds);

/** Dollars, with as many digits as small amounts need. */
export function dollars(amount) {
  const size = Math.abs(amount);
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 3 : 6;
  return `${amount < 0 ? "−" : ""}$${size.toFixed(digits)}`;
}

const SCALES = {
  duration: [["us", 1], ["ms", 1e3], ["s", 1e6], ["min", 6e7], ["h", 3.6e9], ["d", 8.64e10]],
  size: [["B", 1], ["KiB", 2 ** 10], ["MiB", 2 ** 20], ["GiB", 2 ** 30], ["TiB", 2 ** 40]],
};

/** A value of a type in its unit; what is not given is a dash. */
export function value(type, raw) {
  if (raw === null || raw === undefined) return "–";
  if (type === "bool") return raw ? "yes" : "no";
  if (type === "number") return Math.abs(raw) <= 1e6 ? `${short.format(raw / 1e4)} %` : short.format(raw / 1e6);
  if (type === "money") return dollars(raw / 1e6);
  if (SCALES[type]) {
    if (raw === 0) return type === "size" ? "0 B" : "0 ms";
    const [unit, scale] = SCALES[type].findLast(([, size]) => Math.abs(raw) >= size) ?? SCALES[type][0];
    return `${short.format(raw / scale)} ${unit}`;
  }
  if (type === "int" && raw >= 2 ** 31 - 1) return "no limit";
  return type === "int" ? whole.format(raw) : String(raw);
}
