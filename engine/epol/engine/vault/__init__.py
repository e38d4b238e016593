"""The vault: which token stands for which value, session by session.

In the memory of a process (`memory`), or sealed in a file (`sqlite`) or a server (`redis`)
that several processes share.
"""
