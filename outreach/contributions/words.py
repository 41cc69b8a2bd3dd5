"""What a quote says beside its amounts, in words."""

from django.utils.translation import gettext_lazy as _

MISSING_TEXTS = {
    "programmes_minimum": _("JKK and JKM go together."),
    "jht_required": _("An employer takes JHT as well."),
    "income_missing": _("The monthly income is not known."),
    "no_rule": _("No rates are known for some of the months."),
    "brackets_missing": _(
        "No income brackets are loaded for some of the months, and the income is above the lowest"
        " base."
    ),
    "occupation_unknown": _(
        "The occupation is not on the list, and a relief depends on whether it is in transport."
    ),
    "payer_missing": _("It is not known who pays, and a relief depends on it."),
    "months_missing": _("It is not known how many months are paid; one month is quoted."),
}
NOTE_TEXTS = {
    "brackets_unchecked": _("The income brackets are not checked against the official annex."),
    "lowest_base": _("The lowest base; no income brackets are loaded."),
}
