"""A finite instance as formulas: guarded values, a circuit, and clauses for Z3."""
