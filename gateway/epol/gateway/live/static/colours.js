// Each target has a colour that says where it is: here, on the premises, or in the cloud.

const PLACES = ["local", "premises", "cloud"];
const SHADES = 4;
const INSTEAD = { ":blocked": ["Blocked", "var(--blocked)"], ":held": ["Held", "var(--held)"], ":failed": ["Failed", "var(--failed)"] };
const known = new Map();

export function learn(targets) {
  known.clear();
  const seen = { local: 0, premises: 0, cloud: 0 };
  for (const { name, at } of targets) {
    const place = PLACES.includes(at) ? at : "cloud";
    known.set(name, `var(--${place}-${seen[place]++ % SHADES})`);
  }
}

export const colour = (where) => known.get(where) ?? INSTEAD[where]?.[1] ?? "var(--failed)";
export const name = (where) => INSTEAD[where]?.[0] ?? where;

/** In the order of the policy, then what went nowhere. */
export const order = () => [...known.keys(), ...Object.keys(INSTEAD)];
