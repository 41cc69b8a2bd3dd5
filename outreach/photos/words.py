"""Why a photo was not kept, in words."""

from django.utils.translation import gettext_lazy as _

REFUSALS = {
    "animated": _("The picture moves: send a single one."),
    "damaged": _("The picture is damaged."),
    "not_a_picture": _("This is no JPEG, PNG or WebP picture."),
    "recording_damaged": _("The recording is damaged or not whole."),
    "recording_not_sound": _("This is no recording of sound alone."),
    "recording_too_large": _("The recording is too large: make a shorter one."),
    "too_many_pixels": _("The picture has too many pixels: send a smaller one."),
    "trailing_data": _("There is something else behind the picture in its file."),
    "truncated": _("A part of the picture is missing."),
}


def refusal_text(reason: str) -> str:
    """Why a photo was refused, in the active language."""
    return str(REFUSALS.get(reason, reason))
