"""How well a policy's detectors find what people have labelled."""
