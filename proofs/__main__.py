"""`python -m proofs`."""

import sys

from proofs.command_line import main

if __name__ == "__main__":
    sys.exit(main())
