"""`python3 -m tests.hostile [campaign …]`: see tests.hostile.running."""

import sys

from backend.environment import ensure

if __name__ == "__main__":
    ensure("tests", "tests.hostile")
    from tests.hostile.running import main

    sys.exit(main())
