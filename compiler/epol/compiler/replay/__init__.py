"""Deciding a log again under another policy, and counting what is decided otherwise."""
