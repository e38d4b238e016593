"""The exact encoding of a policy in linear integer arithmetic, for proofs.

`formula.Formula` is what a policy decides for every request at once, over `symbols.Symbols`;
`solver.Solver` asks questions about it, and `witness` turns an answer into a request.  It is
written from the typed policy, and never from what the compiler lowers it to.
"""
