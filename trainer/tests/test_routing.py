"""The same weights as in TypeScript, from the numbers that the TypeScript tests record."""

import json

import pytest
from conftest import REPOSITORY

np = pytest.importorskip("numpy")

from coterie_trainer.routing import RULES, Centres, weights  # noqa: E402

RECORDED = json.loads(
    (REPOSITORY / "test" / "golden" / "routing" / "routing.json").read_text(encoding="utf-8")
)
NAMES = [rule["name"] for rule in RECORDED["rules"] if rule["python"]]
SCALE = (RECORDED["scale"]["lambda"], RECORDED["scale"]["temperature"])


@pytest.fixture(scope="module")
def recorded():
    rows = lambda numbers: np.array(numbers).reshape(-1, RECORDED["width"])  # noqa: E731
    centres = Centres(rows(RECORDED["fine"]), np.array(RECORDED["fine_to_expert"]), rows(RECORDED["coarse"]))
    return centres, [{**task, "vectors": rows(task["vectors"])} for task in RECORDED["tasks"]]


def test_the_rules_are_those_of_typescript():
    assert sorted([*NAMES, "uniform"]) == sorted(RULES)


@pytest.mark.parametrize("rule", NAMES)
def test_weights_are_those_of_typescript(recorded, rule):
    centres, tasks = recorded
    for task in tasks:
        found = weights(task["vectors"], centres, rule, [0, 1, 2], *SCALE)
        assert np.abs(found.ravel() - np.array(task["weights"][rule])).max() < 1e-6


@pytest.mark.parametrize("rule", sorted(RULES))
def test_absent_experts_get_nothing_and_the_rest_is_shared(recorded, rule):
    centres, tasks = recorded
    for task in tasks:
        found = weights(task["vectors"], centres, rule, [0, 2], *SCALE)
        assert np.allclose(found.sum(-1), 1) and (found[..., 1] == 0).all()
        whole = weights(task["vectors"], centres, rule, [0, 1, 2], *SCALE)
        if whole.ndim == 1:
            assert np.allclose(found[..., 0] / found[..., 2], whole[..., 0] / whole[..., 2])


def test_a_rule_that_is_not_known(recorded):
    centres, tasks = recorded
    with pytest.raises(ValueError, match="best"):
        weights(tasks[0]["vectors"], centres, "best", [0], *SCALE)
