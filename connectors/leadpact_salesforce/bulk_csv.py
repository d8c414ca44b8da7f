"""CSV for Bulk 2.0: rows out in blocks of bytes, results in as they come (facts §4, §11 point 14).

Out: ``#N/A`` is null and an empty cell leaves a field alone; CRLF ends a row, so that a lone CR or LF
within a text is put in quotes. In: UTF-8 whatever the content type says, and line breaks within
quotes are kept.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from leadpact.errors import SetAside
from leadpact.model.record import Native

NULL: Final = "#N/A"
LONGEST_CELL: Final = 131_072
LONGEST_ROW: Final = 400_000
_BLOCK_ROWS: Final = 500


def cell(name: str, value: Native) -> str:
    """One value as a cell.

    Raises:
        SetAside: it cannot be sent by Bulk.
    """
    if value is None:
        return NULL
    kind = type(value)
    if kind is str:
        text: str = value  # type: ignore[assignment]
        if len(text) > LONGEST_CELL:
            raise SetAside(
                "The text is longer than Bulk takes.", fields=(name,), code="value_too_long"
            )
        if text.strip() == NULL:
            raise SetAside(
                "Bulk would read this text as 'no value'.", fields=(name,), code="value_refused"
            )
        return text if text.strip() else NULL
    if kind is bool:
        return "true" if value else "false"
    if kind is float and not math.isfinite(float(value)):
        raise SetAside("This is no number.", fields=(name,), code="value_refused")
    return str(value)


class RowWriter:
    """Rows of one job as bytes.

    Args:
        key: the column that tells rows apart in the results: they come back in any order.
        names: the other columns.
    """

    def __init__(self, key: str, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._buffer = io.StringIO(newline="")
        self._csv = csv.writer(self._buffer, lineterminator="\r\n")
        self.header = self.line([key, *names])

    def line(self, cells: Sequence[str]) -> bytes:
        """One line.

        Raises:
            SetAside: characters that are no Unicode.
        """
        self._csv.writerow(cells)
        return self._taken()

    def _taken(self) -> bytes:
        buffer = self._buffer
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise SetAside(
                "A text holds characters that are no Unicode.", code="value_refused"
            ) from error

    def row(self, key: str, fields: Mapping[str, Native]) -> bytes:
        """One row as bytes; a field that is not among ``fields`` is left alone.

        Raises:
            SetAside: a value that cannot be sent, or a field that the job does not have.
        """
        cells = [key]
        named = 0
        for name in self._names:
            if name not in fields:
                cells.append("")
                continue
            named += 1
            value = fields[name]
            # The plain case, in place: most of the time per row is spent here.
            if type(value) is str and value and "#" not in value and len(value) < 256:
                cells.append(NULL if value.isspace() else value)
            else:
                cells.append(cell(name, value))
        if named < len(fields):
            unknown = tuple(name[:80] for name in fields if name not in self._names)
            raise SetAside("The job has no such column.", fields=unknown, code="field_name_invalid")
        line = self.line(cells)
        if len(line) > LONGEST_ROW:
            raise SetAside("The record is longer than Bulk takes.", code="value_too_long")
        return line


def blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines joined to blocks worth sending."""
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) >= _BLOCK_ROWS:
            yield b"".join(held)
            held.clear()
    if held:
        yield b"".join(held)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Text by lines that end in LF only, line ends kept: other breaks belong to values."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for chunk in chunks:
        parts = (rest + decoder.decode(chunk)).split("\n")
        rest = parts.pop()
        for part in parts:
            yield part + "\n"
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def read_rows(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    """Rows of a result, the header first, without holding the whole.

    Raises:
        csv.Error: this is no CSV.
    """
    # Python's own limit is one for the process and too low for a cell with quotes and line ends.
    if csv.field_size_limit() < LONGEST_ROW:
        csv.field_size_limit(LONGEST_ROW)
    return csv.reader(_lines(chunks), strict=True)
