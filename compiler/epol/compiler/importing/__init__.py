"""Rules of other tools as detectors: the gitleaks and betterleaks format."""
