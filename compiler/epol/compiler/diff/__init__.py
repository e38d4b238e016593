"""Which requests two versions of a policy decide otherwise, by kind: proved, shown or undecided.

`judge` says on one request, slowly and obviously, what is decided otherwise; `conditions` says
the same as terms, `search` asks the solver, and `declared` says what lies outside its questions.
"""
