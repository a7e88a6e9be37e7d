from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalogue.cells import (
    Unreadable,
    as_flag,
    as_line,
    as_list,
    as_number,
    as_text,
    as_whole_number,
    as_year,
    clean_text,
)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (16, 16.0),
        (8.3, 8.3),
        ("16", 16.0),
        (" 8.30 ", 8.3),
        ("1,335", 1335.0),
        ("12,345,678", 12_345_678.0),
        ("8,3", 8.3),
        ("-2", -2.0),
        ("1e3", 1000.0),
        (Decimal("7.5"), 7.5),
        ("1 hr. 15 min.", 75.0),
        ("60 min.", 60.0),
        ("2 hours and 5 minutes", 125.0),
        ("1h30m", 90.0),
        ("90 sec", 1.5),
        (time(1, 10), 70.0),
        (timedelta(minutes=52), 52.0),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: object, expected: float) -> None:
    """Durations count in minutes; a comma groups thousands or marks at most two decimals."""
    assert as_number(cell) == pytest.approx(expected)


@pytest.mark.parametrize("cell", [None, "", "  ", float("nan"), "N/A", "nan", "TBA", "-"])
def test_an_unknown_number_is_none_not_an_error(cell: object) -> None:
    assert as_number(cell) is None


@pytest.mark.parametrize(
    "cell",
    ["many", "2 seasons", "3 million", "12 of 16", True, float("inf"), "inf", 10**400, ["1"], {}],
)
def test_what_is_no_number_is_said_to_be_none(cell: object) -> None:
    with pytest.raises(Unreadable):
        as_number(cell)


def test_a_count_must_be_whole() -> None:
    assert as_whole_number("1335.0") == 1335
    with pytest.raises(Unreadable, match="whole"):
        as_whole_number("12.5")


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (2019, 2019),
        (2019.0, 2019),
        ("2019", 2019),
        ("2019-12-10", 2019),
        ("Dec 10, 2019", 2019),
        ("10/12/2019", 2019),
        ("20191210", 2019),
        ("2019-2021", 2019),
        (date(2019, 12, 10), 2019),
        (datetime(2019, 12, 10, tzinfo=UTC), 2019),
        ("", None),
        (None, None),
    ],
)
def test_years_are_found_in_dates_of_any_shape(cell: object, year: int | None) -> None:
    assert as_year(cell) == year


@pytest.mark.parametrize("cell", ["soon", 0, -3, 20191.5, 123_456])
def test_what_holds_no_year_is_unreadable(cell: object) -> None:
    with pytest.raises(Unreadable):
        as_year(cell)


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("Romance, Comedy ,, Comedy", ("Romance", "Comedy")),
        (["Romance", None, "  ", "Comedy"], ("Romance", "Comedy")),
        ('["Kim, A", "Lee B"]', ("Kim, A", "Lee B")),
        ("['So Joon Moon', \"O'Hara\"]", ("So Joon Moon", "O'Hara")),
        ("[]", ()),
        ("[Live] at home", ("[Live] at home",)),
        ("", ()),
        (None, ()),
        (7, ("7",)),
    ],
)
def test_lists_come_from_arrays_and_from_separated_text(
    cell: object, values: tuple[str, ...]
) -> None:
    """Each value once, in order, without blanks."""
    assert as_list(cell, ",") == values


def test_another_separator_leaves_commas_alone() -> None:
    assert as_list("Me, Myself|Action", "|") == ("Me, Myself", "Action")


def test_text_is_composed_and_free_of_what_cannot_be_stored() -> None:
    """NUL and other controls become spaces, halves of surrogate pairs go, line ends stay."""
    assert clean_text("  caf\u0065\u0301\x00 bar\ud800\r\nend ") == "café  bar\nend"
    assert as_line("two\n lines\t here") == "two lines here"


def test_whole_numbers_as_text_have_no_decimal_point() -> None:
    assert as_text(1984.0) == "1984"
    assert as_text(2.5) == "2.5"
    with pytest.raises(Unreadable):
        as_text({"a": 1})


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    once.encode("utf-8")


def test_flags() -> None:
    assert [as_flag(cell) for cell in (True, "yes", "1", 1)] == [True] * 4
    assert [as_flag(cell) for cell in (False, "no", "", None, 0)] == [False] * 5
    with pytest.raises(Unreadable):
        as_flag("perhaps")
