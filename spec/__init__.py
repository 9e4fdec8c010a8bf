"""The algorithms: protocols as a paper would state them, executable."""
