"""The Django project: entry point, settings, embedded database, urls."""

import sys

# Here, because every start comes by before it reads anything that old Pythons cannot parse.
if sys.version_info < (3, 11):  # noqa: UP036 - they are the ones it is for
    sys.exit("Python 3.11 or newer is needed; this is Python " + sys.version.split()[0])
