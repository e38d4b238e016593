"""Translation validation: the program that was written against the policy it was made from.

The program is read back from a bundle's bytes and what its nodes mean is written as terms
(`nodes`, `features`), over the same symbols as the solver's formula.  `differences` lists
what would have to differ for some request, `tables` compares what is no formula, and
`translation` asks the solver.  Nothing here looks at how the compiler lowers.
"""
