"""The bytes between DATA and the dot: only CR LF . CR LF ends them."""

from __future__ import annotations

END = b"\r\n.\r\n"


class Content:
    """Takes bytes as they come; gives those of the mail, without the dots that protect lines."""

    def __init__(self) -> None:
        # The line of DATA ended with CR LF: a mail may be empty, and begin with a dot.
        self._held = bytearray(b"\r\n")
        self._is_first = True
        self.is_whole = False

    def taken(self, data: bytes | bytearray) -> bytearray:
        """What of the mail is certain by now."""
        self._held += data
        end = self._held.find(END)
        if end >= 0:
            self.is_whole = True
            some, self._held = self._held[: end + 2], self._held[end + len(END) :]
        else:
            cut = self._certain()
            some, self._held = self._held[:cut], self._held[cut:]
        some = some.replace(b"\r\n.", b"\r\n")
        if self._is_first and some:
            self._is_first = False
            del some[:2]
        return some

    def left(self) -> bytearray:
        """What came behind the end: the next commands."""
        return self._held

    def _certain(self) -> int:
        """How far no later byte can change the meaning: never up to within a CR LF . CR LF."""
        if self._held.endswith(b"\r\n.\r"):
            return len(self._held) - 4
        if self._held.endswith(b"\r\n."):
            return len(self._held) - 3
        if self._held.endswith(b"\r\n"):
            return len(self._held) - 2
        return len(self._held) - 1 if self._held.endswith(b"\r") else len(self._held)
