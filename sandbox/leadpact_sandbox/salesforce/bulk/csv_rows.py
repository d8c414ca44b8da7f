"""CSV as Bulk reads and writes it, with its traps (facts salesforce §4).

Nothing is trimmed: a space beside a quote is an error of the row. The declared line ending must be
that of the file. An empty cell leaves the field alone, ``#N/A`` makes it null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

NULL = "#N/A"
DELIMITERS = {
    "COMMA": ",",
    "TAB": "\t",
    "PIPE": "|",
    "SEMICOLON": ";",
    "CARET": "^",
    "BACKQUOTE": "`",
}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
MAX_CELL = 131_072
MAX_ROW = 400_000
MAX_COLUMNS = 5_000
_BOM = b"\xef\xbb\xbf"


class CsvError(Exception):
    """The whole file cannot be taken; the text becomes the job's ``errorMessage``."""


class RowError(Exception):
    """One row cannot be read; the text becomes its ``sf__Error``."""


class CsvFile:
    """An uploaded file.

    Args:
        content: as uploaded.
        delimiter: name of the column delimiter as declared.
        line_ending: ``LF`` or ``CRLF`` as declared.
    """

    def __init__(self, content: bytes, delimiter: str, line_ending: str) -> None:
        self._content = content
        self._delimiter = DELIMITERS[delimiter]
        self._line_ending = line_ending
        mark = re.escape(self._delimiter)
        self._cell = re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{mark}]*))({mark}|\Z)')
        self.header: list[str] = []

    def check(self) -> int:
        """Read the header and count the rows below it.

        Raises:
            CsvError: no header, a line ending that is not as declared, or text that is not UTF-8.
        """
        rows = self._raw()
        try:
            first = next(rows, "")
            count = sum(1 for _ in rows)
        except UnicodeDecodeError:
            raise CsvError("InvalidBatch : Failed to parse CSV: the data is not UTF-8") from None
        try:
            self.header = self.cells(first)
        except RowError as error:
            raise CsvError(f"InvalidBatch : Failed to parse CSV header: {error}") from None
        if not first:
            raise CsvError("InvalidBatch : The CSV holds no header")
        if len(self.header) > MAX_COLUMNS:
            raise CsvError(f"InvalidBatch : more than {MAX_COLUMNS} columns")
        return count

    def rows(self) -> Iterator[str]:
        """Rows below the header, as they stand."""
        rows = self._raw()
        next(rows, None)
        return rows

    def cells(self, row: str) -> list[str]:
        """The cells of a row.

        Raises:
            RowError: quotes that do not enclose a whole cell, a cell or row that is too long.
        """
        if len(row) > MAX_ROW:
            raise RowError(f"a record holds more than {MAX_ROW:,} characters")
        found = self._quoted(row) if '"' in row else row.split(self._delimiter)
        if len(row) > MAX_CELL and max(map(len, found)) > MAX_CELL:
            raise RowError(f"a field holds more than {MAX_CELL:,} characters")
        return found

    def _quoted(self, row: str) -> list[str]:
        found: list[str] = []
        place = 0
        while True:
            match = self._cell.match(row, place)
            if match is None:
                raise RowError("a quote does not enclose a whole field")
            quoted = match[1]
            found.append(match[2] if quoted is None else quoted.replace('""', '"'))
            if not match[3]:
                return found
            place = match.end()

    def cells_anyhow(self, row: str) -> list[str]:
        """As many cells as the header has, also of a row that cannot be read."""
        try:
            found = self.cells(row)
        except RowError:
            found = row.split(self._delimiter)
        width = len(self.header)
        return [*found[:width], *[""] * (width - len(found))]

    def _raw(self) -> Iterator[str]:
        content = self._content
        start = len(_BOM) if content.startswith(_BOM) else 0
        crlf = self._line_ending == "CRLF"
        end = len(content)
        while start < end:
            stop = _end_of_row(content, start, end)
            row = content[start:stop]
            last = stop == end
            start = stop + 1
            if row.endswith(b"\r") != crlf and not (last and crlf):
                raise CsvError(
                    "ClientInputError : LineEnding is invalid on user data. "
                    f"Current LineEnding setting is {self._line_ending}"
                )
            text = row.removesuffix(b"\r").decode() if crlf else row.decode()
            if text:
                yield text


def _end_of_row(content: bytes, start: int, end: int) -> int:
    """Where the line break after a row stands; breaks within quotes belong to it."""
    odd = 0
    place = start
    while True:
        stop = content.find(b"\n", place)
        if stop < 0:
            return end
        odd ^= content.count(b'"', place, stop) & 1
        if not odd:
            return stop
        place = stop + 1


def written(rows: Iterable[Sequence[str]], delimiter: str, line_ending: str) -> bytes:
    """Rows as the API writes them: every cell in quotes, UTF-8."""
    mark, ending = DELIMITERS[delimiter], LINE_ENDINGS[line_ending]
    return "".join(
        mark.join(['"' + cell.replace('"', '""') + '"' for cell in row]) + ending for row in rows
    ).encode("utf-8", "replace")
