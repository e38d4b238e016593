"""The live page: what the gateway does, as it does it, and what it would do if."""
