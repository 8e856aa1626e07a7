"""`python -m vacsr_core`: the command line."""

from vacsr_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
