"""The native engine: one module of machine code for each model."""
