import json

from hypothesis import given
from hypothesis import strategies as st

from categorical.json_lines import MOST_CHARACTERS, json_line


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text())))
def test_any_object_is_one_line_of_printable_ascii(document: dict[str, object]) -> None:
    line = json_line(document)
    assert all(" " <= character <= "~" for character in line)
    assert json.loads(line) == document


def test_of_a_long_text_beginning_and_end_are_kept() -> None:
    told = json.loads(json_line({"message": "begin" + "x" * 1_000_000 + "end"}))["message"]
    assert told.startswith("begin")
    assert told.endswith("end")
    assert "(992008 characters more)" in told
    assert len(told) < MOST_CHARACTERS + 50


def test_what_json_does_not_know_is_written_as_python_prints_it() -> None:
    assert json_line({"path": ValueError("x")}) == '{"path":"x"}'
