"""`python -m oldhand`: the command line."""

from oldhand.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
