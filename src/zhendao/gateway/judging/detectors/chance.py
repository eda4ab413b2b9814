"""How likely it is that so many of a number are alike by chance alone. Pure, in whole numbers: the same everywhere."""

from math import comb


def rare(count: int, of: int, others: int, of_others: int, one_in: int) -> bool:
    """Tell whether ``count`` of ``of`` comes by chance less often than once in ``one_in``.

    Chance is how it is with everybody else: ``others`` of ``of_others``, one more counted than there were, so that
    what was never seen elsewhere is not held to be impossible.
    """
    base, whole = others + 1, of_others + 2
    tail: int = sum(comb(of, many) * base**many * (whole - base) ** (of - many) for many in range(count, of + 1))
    all_of_them: int = whole**of
    return tail * one_in < all_of_them


def permille(some: int, of: int) -> int:
    """Return ``some`` of ``of`` in thousandths, rounded to the nearest; 0 of nothing."""
    return (some * 2_000 + of) // (2 * of) if of else 0
