"""`python3 -m tests [pytest arguments]`: see tests.checking."""

from backend.environment import ensure

if __name__ == "__main__":
    ensure("tests", "tests")
    from tests.checking import main

    main()
