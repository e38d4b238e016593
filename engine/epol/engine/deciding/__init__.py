"""Deciding: a request's features through the kernel, and its words back to names."""
