"""``python -m ballotproof``: the command."""

from .model_check.cli import main

if __name__ == "__main__":
    main(prog_name="ballotproof")
