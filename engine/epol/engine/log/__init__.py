"""The decision log: one line a decision, without content, in a chain that shows tampering."""
