"""Text: what is found in it, and how it is treated before it leaves."""
