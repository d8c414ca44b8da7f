"""Formulas of validation rules: parsed once, evaluated on each saved row (facts salesforce §1)."""

from leadpact_sandbox.salesforce.formula.parser import Facts, Formula, compiled

__all__ = ["Facts", "Formula", "compiled"]
