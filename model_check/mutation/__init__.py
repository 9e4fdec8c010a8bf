"""Mutants of a proof: what happens to it when one thing is taken out of the text or altered."""
