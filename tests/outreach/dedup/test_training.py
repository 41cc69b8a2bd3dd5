import numpy as np
import pytest

from outreach.dedup.training import fit_logistic


def test_the_weights_that_made_the_labels_are_found() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(60_000, 3)).astype(np.float32)
    odds = -1.0 + features @ np.array([2.0, -1.0, 0.0])
    labels = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    intercept, weights = fit_logistic(features, labels, np.ones(len(labels)), 0.01)
    assert intercept == pytest.approx(-1, abs=0.05)
    assert weights == pytest.approx([2, -1, 0], abs=0.06)


def test_a_penalty_bounds_what_separates_perfectly() -> None:
    features = np.array([[0.0, 1.0], [1.0, 1.0]] * 50, np.float32)
    labels = features[:, 0].astype(np.float64)
    _, weights = fit_logistic(features, labels, np.ones(100), 1.0)
    assert 1 < weights[0] < 50
    assert weights[1] == 0  # It never changes.


def test_pairs_count_by_their_weights() -> None:
    features = np.zeros((3, 1), np.float32)
    labels = np.array([1.0, 0.0, 0.0])
    intercept, _ = fit_logistic(features, labels, np.array([2.0, 1.0, 1.0]), 1.0)
    assert intercept == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("labels", [[], [1.0, 1.0], [0.0, 0.0]])
def test_one_kind_of_pairs_is_not_enough(labels: list[float]) -> None:
    features = np.ones((len(labels), 1), np.float32)
    with pytest.raises(ValueError, match="of one person and pairs of two"):
        fit_logistic(features, np.array(labels), np.ones(len(labels)), 1.0)
