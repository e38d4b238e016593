"""Answers that come in pieces: restored, detected and treated on the way out."""
