"""Small changes to a policy's rules, to see whether its tests, claims and findings notice them."""
