"""Atomic commit: several resource managers end one transaction in the same way, or not at all."""
