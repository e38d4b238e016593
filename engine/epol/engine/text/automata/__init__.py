"""Expressions as automata of their own, for texts in ASCII: spans in one walk, sides included."""
