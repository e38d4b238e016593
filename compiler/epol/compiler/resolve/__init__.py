"""From a path to one scope: which files make up a policy, and what every name means."""
