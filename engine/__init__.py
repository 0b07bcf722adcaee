"""Muster without HTTP: the engine."""
