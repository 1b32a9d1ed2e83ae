"""The same weights as the TypeScript side, from the numbers that its test records."""

import json

import pytest

from conftest import REPOSITORY

np = pytest.importorskip("numpy")

from coterie_trainer.routing import Centres, weights  # noqa: E402


@pytest.fixture(scope="module")
def recorded():
    value = json.loads((REPOSITORY / "test" / "golden" / "routing" / "routing.json").read_text(encoding="utf-8"))
    rows = lambda numbers: np.array(numbers).reshape(-1, value["width"])  # noqa: E731
    return Centres(rows(value["fine"]), np.array(value["fine_to_expert"]), rows(value["coarse"])), [{**task, "vectors": rows(task["vectors"])} for task in value["tasks"]]


@pytest.mark.parametrize("rule", ["published", "coded", "coarse", "per-class"])
def test_weights_are_those_of_typescript(recorded, rule):
    centres, tasks = recorded
    for task in tasks:
        found = weights(task["vectors"], centres, rule, [0, 1, 2])
        assert np.abs(found.ravel() - np.array(task[rule])).max() < 1e-6


@pytest.mark.parametrize("rule", ["published", "coded", "coarse", "per-class", "uniform"])
def test_absent_experts_get_nothing_and_the_rest_is_shared(recorded, rule):
    centres, tasks = recorded
    for task in tasks:
        found = weights(task["vectors"], centres, rule, [0, 2])
        assert np.allclose(found.sum(-1), 1) and (found[..., 1] == 0).all()
        whole = weights(task["vectors"], centres, rule, [0, 1, 2])
        if rule != "per-class":
            assert np.allclose(found[..., 0] / found[..., 2], whole[..., 0] / whole[..., 2])


def test_a_rule_that_is_not_known(recorded):
    centres, tasks = recorded
    with pytest.raises(ValueError, match="best"):
        weights(tasks[0]["vectors"], centres, "best", [0])
