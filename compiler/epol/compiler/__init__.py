"""Tree to bundle, and everything that is known before a request arrives.

`pipeline` holds the ordered passes; `cli` is `epolc`.
"""
