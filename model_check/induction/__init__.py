"""Proofs by induction: their conditions, and what each of them needs."""
