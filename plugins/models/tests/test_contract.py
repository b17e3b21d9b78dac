"""The plugin against the contract kit that its authors hand to others."""

from __future__ import annotations

from tipoff.testing import model_tests

TestModels = model_tests("tipoff_models.plugin")
