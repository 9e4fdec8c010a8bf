"""Measurements of speed, memory and proofs, beside other tools in the same run.

``python -m benchmarks`` measures everything; names of rows measure those. Peers that are not
installed are left out, and the table says so. Nothing here is a test: what it prints depends on the
machine and on what else it does, which is why each figure comes with its spread.
"""
