"""Names as words to be found by."""

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Func


class NameWords(Func):
    """The words of a name; what is between them would be read as addresses and numbers."""

    template = "to_tsvector('simple', translate(%(expressions)s, '.,-/@_''', '       '))"
    output_field = SearchVectorField()
