"""Fitting the weights: logistic regression by Newton's method with a quadratic penalty."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MOST_STEPS = 60
_CLOSE_ENOUGH = 1e-6
_FIRST_TRY = 10
"""One row in so many is enough to come near."""


def fit_logistic(
    features: NDArray[np.float32], labels: Array, weights: Array, penalty: float
) -> tuple[float, Array]:
    """Intercept and weights that minimise the weighted log loss + penalty/2 · Σ(σ·weight)².

    The penalty is on features scaled to variance 1 (σ is a feature's standard deviation); the
    intercept is free. A constant feature gets the weight 0. Raises ValueError unless there are
    pairs of both kinds.
    """
    if not (labels.max(initial=0) > labels.min(initial=1)):
        raise ValueError("Fitting needs pairs of one person and pairs of two.")
    x = features.astype(np.float64)
    share = weights / weights.sum()
    mean = share @ x
    deviation = np.sqrt(np.maximum(share @ (x - mean) ** 2, 0))
    used = deviation > 1e-9
    scaled = (x[:, used] - mean[used]) / deviation[used]
    design = np.column_stack([np.ones(len(x)), scaled])
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0
    some = slice(None, None, _FIRST_TRY) if len(x) > 1000 * _FIRST_TRY else slice(None)
    near = _newton(design[some], labels[some], weights[some], ridge, np.zeros(len(ridge)))
    beta = _newton(design, labels, weights, ridge, near)
    fitted = np.zeros(x.shape[1])
    fitted[used] = beta[1:] / deviation[used]
    return float(beta[0] - fitted @ mean), fitted


def _newton(design: Array, labels: Array, weights: Array, ridge: Array, beta: Array) -> Array:
    loss = _loss(design, labels, weights, ridge, beta)
    for _ in range(_MOST_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -40, 40)))
        slope = design.T @ (weights * (labels - chance)) - ridge * beta
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curve + np.diag(ridge) + 1e-9 * np.eye(len(beta)), slope)
        size = 1.0
        while (tried := _loss(design, labels, weights, ridge, beta + size * step)) > loss:
            size /= 2
            if size < 1e-4:
                return beta
        beta = beta + size * step
        if loss - tried < _CLOSE_ENOUGH * abs(loss):
            return beta
        loss = tried
    return beta


def _loss(design: Array, labels: Array, weights: Array, ridge: Array, beta: Array) -> float:
    said = design @ beta
    return float(
        weights @ (np.logaddexp(0, said) - labels * said) + 0.5 * (ridge * beta * beta).sum()
    )
