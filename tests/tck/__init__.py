"""The OMG's compatibility kit for DMN: ``python -m tests.tck --dir DIR [--json]``."""
