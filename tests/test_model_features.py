from __future__ import annotations

import pytest
from tipoff import Model, plugins
from tipoff.modelling.dataset import KEY

REGISTRY = plugins.load()


@pytest.mark.parametrize("model", REGISTRY.models, ids=lambda model: model.name)
def test_each_feature_of_a_model_is_built_by_some_plugin(model: Model) -> None:
    tables = [builder.table for builder in REGISTRY.builders if set(builder.table.key) == set(KEY)]
    built = {f"{table.name}.{column}" for table in tables for column in table.column_names}
    assert set(model.features) <= built


def test_there_are_models() -> None:
    assert len(REGISTRY.models) >= 5
