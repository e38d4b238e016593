"""From a scope to a typed policy: types, units, bounds, structure."""
