"""The intermediate representation: nodes, sorts, their check and their text."""
