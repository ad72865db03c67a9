"""Files that people send from a page: how many, how large, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.functional import cached_property

from commondesk.core.record.events import Attachment
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.desk import actions, wording

MOST_FILES = 20
LARGEST = 25 * 1024 * 1024
"""Of all files of one message together, as of a mail."""
FIELD = "attachments"
PASSED_OVER = "commondesk.files_passed_over"


class UploadLimit(FileUploadHandler):
    """Counts what arrives; beyond the limit, a file is read no further and only named."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.taken = 0

    @cached_property
    def most(self) -> int:
        """How many bytes this page takes; asked when files arrive, as only then it is known who."""
        assert self.request is not None
        match = self.request.resolver_match
        said = getattr(match.func, _MOST, None) if match else None
        return said(self.request, **match.kwargs) if said and match else LARGEST

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        if self.taken > self.most:
            self.taken -= start + len(raw_data)
            assert self.request is not None
            passed_over(self.request).append(str(self.file_name))
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""
        return


V = TypeVar("V", bound=Callable[..., Any])
_MOST = "largest_upload"


def taking(most: Callable[..., int]) -> Callable[[V], V]:
    """Let a view take more than LARGEST: as many bytes as most(request, **parts of the address)."""

    def marked(view: V) -> V:
        setattr(view, _MOST, most)
        return view

    return marked


def passed_over(request: HttpRequest) -> list[str]:
    """The names of files that were too large to be taken."""
    names: list[str] = request.META.setdefault(PASSED_OVER, [])
    return names


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files up to the limits; cleaned, a list."""

    widget = FilesInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("Files"))
        super().__init__(required=False, **options)
        self.widget.attrs["multiple"] = True

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = [each for each in data or [] if isinstance(each, UploadedFile)]
        wrongs = [*wrongs_of(given)]
        if wrongs:
            raise ValidationError(wrongs)
        return given


def wrongs_of(files: Sequence[UploadedFile[Any]]) -> list[str]:
    """What is wrong with these files, each named."""
    wrongs = []
    if len(files) > MOST_FILES:
        left = wording.list_words([str(each.name) for each in files[MOST_FILES:]])
        told = gettext("At most %(most)s files go with one message. Leave out %(left)s.")
        wrongs.append(told % {"most": MOST_FILES, "left": left})
    taken = 0
    for each in files:
        taken += each.size or 0
        if taken > LARGEST:
            wrongs.append(too_large(str(each.name)))
            break
    return wrongs


def too_large(name: str) -> str:
    told = gettext(
        "%(name)s is too much: all files of a message together may have 25 MB. Nothing was sent."
    )
    return told % {"name": name}


def kept(company: UUID, ticket: UUID, files: Sequence[UploadedFile[Any]]) -> tuple[Attachment, ...]:
    """The files, stored as belonging to the ticket, before the message that carries them."""
    return tuple(
        actions.keep_attachment(
            company,
            ticket,
            name=str(each.name or "file"),
            media_type=media_type_of(each),
            content=each.read(),
        )
        for each in files
    )


def media_type_of(file: UploadedFile[Any]) -> str:
    """What the browser calls it, if that is a plain type; downloads never believe it."""
    said = (file.content_type or "").split(";")[0].strip().lower()
    is_plain = len(said) < 100 and all(c.isascii() and (c.isalnum() or c in "/.+-_") for c in said)
    return said if is_plain and said.count("/") == 1 else "application/octet-stream"
