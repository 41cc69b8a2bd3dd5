"""`python -m tests.hostile.planted serve`: the project's server with a bug in it."""

import os
import sys

from tests.hostile.planting import PLANT, PLANTS


def main() -> int:
    """Start like `python -m backend`, and patch once Django is set up, before gunicorn forks."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "backend.settings"
    from backend import serving, starting

    run = serving.run

    def run_patched() -> None:
        PLANTS[os.environ[PLANT]].patch()
        run()

    serving.run = run_patched
    return starting.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
