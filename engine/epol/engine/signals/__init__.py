"""Facts about the world that are read now and used until they are too old.

Providers, one a file, read them: `network`, `health`, `machine`, `budget`, `clock`; `runner`
calls them again and again and publishes what they say to a `board`, which decisions read.
"""
