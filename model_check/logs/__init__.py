"""Logs of runs, held against a specification."""
