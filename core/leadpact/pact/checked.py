"""A document's tree against its typed model: every fault at once, each with place and remedy."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from leadpact.errors import Place
from leadpact.pact.yaml_text import Marks, Path, Problem, Tree, raise_problems

ModelT = TypeVar("ModelT", bound=BaseModel)

_TYPE_WORDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
}


def near(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; "" where none is near."""
    close = difflib.get_close_matches(word, sorted(set(known)), n=1, cutoff=0.8)
    return close[0] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Half a sentence that names what would be right: the nearest known word, or all of them."""
    words = sorted(set(known))
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    if not words:
        return "nothing is defined here"
    shown = ", ".join(words[:12])
    return f"known are: {shown}, …" if len(words) > 12 else f"known are: {shown}"


def check_document(model: type[ModelT], tree: dict[str, Tree], marks: Marks) -> ModelT:
    """The typed document.

    Args:
        model: a pydantic model that forbids unknown keys.
        tree: what ``read_document`` read.
        marks: where each of it stands.

    Raises:
        FixSettings: unknown keys, wrong types, values out of range: all of them in one message.
    """
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise_problems(_problems(model, error.errors(), marks))
        raise AssertionError("a validation error without errors") from error


def _problems(
    model: type[BaseModel], errors: Sequence[Mapping[str, Any]], marks: Marks
) -> list[Problem]:
    """One problem per fault; what may be of several types fails once for each, and is told once."""
    wrong_types: dict[Path, list[Mapping[str, Any]]] = {}
    problems = []
    for error in errors:
        path = _written(error["loc"], marks)
        if error["type"] in _TYPE_WORDS:
            wrong_types.setdefault(path, []).append(error)
        else:
            problems.append(_problem(model, error, marks))
    for path, some in wrong_types.items():
        if any(len(other) > len(path) and other[: len(path)] == path for other in wrong_types):
            continue
        wanted = dict.fromkeys(_TYPE_WORDS[str(each["type"])] for each in some)
        if "a number" in wanted:
            wanted.pop("a whole number", None)
        name = ".".join(str(step) for step in path)
        given = _word_for(some[0]["input"])
        problems.append(
            Problem(marks.place(path), f"{name} must be {' or '.join(wanted)}, not {given}")
        )
    return problems


def _written(path: Sequence[str | int], marks: Marks) -> Path:
    """The steps of a path that the document has: the others name one of several types."""
    steps: Path = ()
    for step in path:
        if (*steps, step) in marks.values:
            steps = (*steps, step)
    return steps


def _problem(model: type[BaseModel], error: Mapping[str, Any], marks: Marks) -> Problem:
    path: Path = tuple(step for step in error["loc"] if step != "[key]")
    kind = str(error["type"])
    name = ".".join(str(step) for step in path)
    if kind == "extra_forbidden":
        hint = did_you_mean(str(path[-1]), _keys_at(model, path[:-1]))
        return Problem(marks.place(path, key=True), f'unknown key "{path[-1]}"; {hint}')
    if kind == "missing":
        words = _choices_at(model, path)
        hint = f"; write {' or '.join(words)}" if words else ""
        return Problem(_owner_place(marks, path), f'"{path[-1]}" is missing{hint}')
    place = marks.place(path)
    if kind in ("literal_error", "enum"):
        expected = str(error.get("ctx", {}).get("expected", ""))
        words = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
        hint = did_you_mean(str(error["input"]), words)
        return Problem(place, f"{name}: {_word_for(error['input'])} is not one of them; {hint}")
    if kind == "string_pattern_mismatch":
        place = marks.place(path, key="[key]" in error["loc"])
        return Problem(
            place, f"{name}: write small letters, digits and _, such as mql or bad_timing"
        )
    message = str(error["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return Problem(place, f"{name}: {message}" if name else message)
    return Problem(place, f"{name}: {message.replace('Input should be', 'must be')}")


def _owner_place(marks: Marks, path: Path) -> Place:
    """A missing key is told at the key of the mapping that lacks it; a list item has no key."""
    return marks.place(path[:-1], key=True)


def _word_for(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value[:60]}"'
    if isinstance(value, int | float):
        return str(value)
    return "a list" if isinstance(value, list) else "a mapping of keys to values"


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that a document may have at ``path``, walked along the model's own annotations."""
    here: list[Any] = [model]
    for step in path:
        here = [after for each in here for after in _step(each, step)]
    models = [each for each in here if isinstance(each, type) and issubclass(each, BaseModel)]
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _choices_at(model: type[BaseModel], path: Path) -> list[str]:
    """The words that may stand at ``path``, where they are few and known."""
    here: list[Any] = [model]
    for step in path:
        here = [after for each in here for after in _step(each, step)]
    return [str(word) for each in here if get_origin(each) is Literal for word in get_args(each)]


def _step(annotation: Any, step: str | int) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if step in (name, field.alias):
                return _alternatives(field.annotation)
        return []
    arguments = [part for part in get_args(annotation) if part is not Ellipsis]
    return _alternatives(arguments[-1]) if arguments else []


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for part in get_args(annotation) if part is not type(None)]
    return [annotation]
