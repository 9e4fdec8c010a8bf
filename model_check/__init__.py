"""The machine: reads a specification and answers with a verdict or a counterexample."""
