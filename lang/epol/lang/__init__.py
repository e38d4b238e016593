"""The epol language: text to tree, and what a policy means.

This floor needs lark and nothing else.  It reads source text into a frozen
syntax tree (`parser`), prints it back (`formatter`), holds the resolved and
typed policy (`model`) and defines its meaning (`semantics`).
"""
