"""Text that no engine takes as it is: blank bytes and halves of letters, in leads and in agreements."""

from __future__ import annotations

import pytest

from leadpact.pact import Pact
from leadpact.pact.conditions import checked_test
from leadpact.scoring.columns import Column, cells_of


@pytest.mark.parametrize("spoilt", ["vp\0", "\0vp", "v\0p", "vp\ud800"])
def test_a_lead_s_text_is_cleaned_of_what_no_database_keeps(spoilt: str, pact: Pact) -> None:
    columns = [Column("title", "plain", "text"), Column("title", "words", "text")]
    plain, words = cells_of({"title": spoilt}, columns, pact.scoring.lists)
    assert plain == "vp"
    assert isinstance(words, str)
    assert "\0" not in words


@pytest.mark.parametrize("spoilt", ["v\0p", "vp\ud800"])
def test_an_agreement_s_text_is_refused_with_them(spoilt: str) -> None:
    with pytest.raises(ValueError, match="title"):
        checked_test("title", "is", [spoilt], {"title": "text"})
