"""What any answer may say in its headers, beside what it was asked for."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sync.clients import refusal

_TOLD = "jemput.told"


class AnswerHeaders:
    """Middleware: adds the headers of `tell`, and holds clients to their versions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        for header, text in request.META.get(_TOLD, {}).items():
            # What a refusal says itself was known later.
            answer.headers.setdefault(header, text)
        return answer

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        del args, kwargs
        of_class = getattr(view, "cls", None)
        told, refused = refusal(request.headers, of_class, timezone.now())
        tell(request, told)
        return refused


def tell(request: Any, headers: dict[str, str]) -> None:
    """Have the answer to a request (Django's or DRF's) carry headers, whatever it becomes."""
    request.META.setdefault(_TOLD, {}).update(headers)
