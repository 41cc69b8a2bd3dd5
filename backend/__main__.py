"""`python3 -m backend`: the whole system, or one of its commands.

python3 -m backend              everything: database, migrations, demo, worker, server
python3 -m backend serve        the web server alone, for containers
python3 -m backend worker       the job worker alone, for containers
python3 -m backend keys         fresh secret keys for the environment
python3 -m backend <command> …  Django's and our own commands; `help` lists them
"""

import os
import sys

from backend.environment import ensure
from backend.outputs import outlive_readers

HELP = {"-h", "--help"}


def main() -> None:
    outlive_readers()
    arguments = sys.argv[1:]
    if arguments == ["keys"]:
        from backend.keys import new_keys

        print("\n".join(f"{name}={value}" for name, value in new_keys().items()))
        return
    if arguments and arguments[0] in HELP:
        print(__doc__)
        return
    ensure("server" if os.environ.get("DATABASE_URL") else "local", "backend")
    from backend import starting

    sys.exit(starting.main(arguments))


if __name__ == "__main__":
    main()
