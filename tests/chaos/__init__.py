"""Faults under load: what breaks in turn, and what must hold meanwhile and afterwards."""
