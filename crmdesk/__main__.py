"""`python -m crmdesk` and the console script."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line; without a command it opens the window."""
    from crmdesk.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
