"""Mapping text into a compiled mapping, or every fault of it with file, line and column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from leadpact.mapping.compiling import Compiler
from leadpact.mapping.document import document_type
from leadpact.mapping.lead_mapping import LeadMapping
from leadpact.mapping.shorthand import kinds_named, written_out
from leadpact.mapping.transforms import TextTransform
from leadpact.pact.checked import check_document
from leadpact.pact.qualification import Criterion
from leadpact.pact.yaml_text import raise_problems, read_document


def load_mapping(
    text: str,
    file: str,
    *,
    stage_keys: Collection[str],
    reason_keys: Collection[str],
    answers: Sequence[Criterion] = (),
    sub_reason_keys: Collection[str] = (),
    transforms: Mapping[str, TextTransform] | None = None,
) -> LeadMapping:
    """Compile ``mapping.yaml``.

    Args:
        text: the document.
        file: its name, as errors show it.
        stage_keys: stages of the pact, in its order: the stage tables and our own picklist use them.
        reason_keys: rejection reasons of the pact.
        answers: criteria that the pact asks; the rows of ``qualification`` are held to them.
        sub_reason_keys: finer words under the reasons, all reasons together.
        transforms: of text, by name, in the place of those that come along.

    Raises:
        FixSettings: malformed YAML, unknown or duplicate keys, stages or reasons that the pact does not
            have, tables that do not read back what they set (R5); all of them at once.
    """
    tree, marks = read_document(text, file)
    kinds = kinds_named(tree)
    tree, marks = written_out(tree, marks, kinds)
    document = check_document(document_type(kinds), tree, marks)
    compiler = Compiler(
        document, marks, stage_keys, reason_keys, answers, sub_reason_keys, transforms
    )
    mapping = compiler.compile(tree)
    raise_problems(compiler.problems)
    return mapping
