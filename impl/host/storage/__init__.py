"""Stable storage: what a host does when a core says ``Persist``."""
