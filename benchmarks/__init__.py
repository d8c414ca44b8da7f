"""Measured limits, as ratios and call counts; never part of the test suite."""
