class CannotStart(Exception):
    """Why something of ours cannot run: each line a reason and what to do about it."""
