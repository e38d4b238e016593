"""How hard a prompt is: whether a large model is likely to answer it better than a small one.

`complexity.onnx` is made by `tools/complexity`; docs/complexity.md says from what, and how good
it is.
"""
