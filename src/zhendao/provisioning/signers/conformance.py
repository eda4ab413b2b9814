"""Whether a signer keeps what `interface` promises: what every one must pass before an authority rests on it.

It makes keys and takes them out again; run it on a device that may be written to.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.suite import Suite, suite_by_name
from zhendao.provisioning.signers.interface import Signer, SignerError

_MESSAGES = (b"", b"\x00", b"event", bytes(range(256)) * 300)
_LONGEST = 200


def examine(signer: Signer) -> Iterator[tuple[str, str | None]]:
    """Yield (what was tried, why it failed or None) for each suite that the signer has."""
    suites = signer.suites()
    if not suites:
        yield "suites", "it has no suite here: is the device plugged in?"
    for name in sorted(suites):
        suite = suite_by_name(name)
        made: list[str] = []
        try:
            for what, trial in _TRIALS.items():
                yield f"{name}: {what}", _tried(trial, signer, suite, made)
        finally:
            for locator in made:
                with suppress(SignerError):
                    signer.remove(locator)
    for name in {"sm", "intl"} - suites:
        yield f"{name}: a suite it has not is refused", _refused(partial(signer.make, suite_by_name(name)))


def _tried(
    trial: Callable[[Signer, Suite, list[str]], str | None], signer: Signer, suite: Suite, made: list[str]
) -> str | None:
    try:
        return trial(signer, suite, made)
    except (SignerError, CryptoError) as error:
        return error.what.en
    except Exception as error:  # noqa: BLE001 - whatever somebody else's signer raises is a finding
        return f"{type(error).__name__}: {error}"


def _new(signer: Signer, suite: Suite, made: list[str]) -> str:
    made.append(signer.make(suite))
    return made[-1]


def _locators(signer: Signer, suite: Suite, made: list[str]) -> str | None:
    one, two = _new(signer, suite, made), _new(signer, suite, made)
    if one == two or signer.open(suite, one).spki == signer.open(suite, two).spki:
        return "two keys are one"
    good = all(0 < len(each) <= _LONGEST and each.isprintable() for each in (one, two))
    return None if good else "a locator is empty, longer than 200 characters or not printable"


def _public(signer: Signer, suite: Suite, made: list[str]) -> str | None:
    key = signer.open(suite, _new(signer, suite, made))
    if key.suite is not suite:
        return "the key is of another suite"
    public = suite.verifying_key(key.spki)
    return None if public.key_id == key.key_id else "key_id is not the one of the public key"


def _signatures(signer: Signer, suite: Suite, made: list[str]) -> str | None:
    key = signer.open(suite, _new(signer, suite, made))
    public = suite.verifying_key(key.spki)
    for message in _MESSAGES:
        signature = key.sign(message)
        if not public.verify(message, signature):
            return f"a signature over {len(message)} bytes does not hold"
        if public.verify(message + b"x", signature):
            return "a signature holds for another message"
    return None


def _again(signer: Signer, suite: Suite, made: list[str]) -> str | None:
    locator = _new(signer, suite, made)
    one, two = signer.open(suite, locator), signer.open(suite, locator)
    if one.spki != two.spki:
        return "the same locator opens another key"
    return (
        None if suite.verifying_key(one.spki).verify(b"event", two.sign(b"event")) else "it does not sign when reopened"
    )


def _removed(signer: Signer, suite: Suite, made: list[str]) -> str | None:
    locator = _new(signer, suite, made)
    signer.remove(locator)
    signer.remove(locator)
    return _refused(partial(signer.open, suite, locator))


def _unknown(signer: Signer, suite: Suite, _made: list[str]) -> str | None:
    for locator in ("", "no such key", "../keys", "0xzz"):
        problem = _refused(partial(signer.open, suite, locator))
        if problem is not None:
            return problem
    return None


def _secretless(signer: Signer, suite: Suite, made: list[str]) -> str | None:
    key = signer.open(suite, _new(signer, suite, made))
    shown = f"{key!r}{signer!r}"
    give = getattr(key, "pkcs8", None)
    if give is None:
        return None
    return "repr shows the key" if give().hex() in shown else None


_TRIALS = {
    "two keys are two, their locators are texts": _locators,
    "the public key is of the suite": _public,
    "signatures hold, for their message alone": _signatures,
    "a key opens again": _again,
    "a key that was removed is gone": _removed,
    "an unknown key is a SignerError": _unknown,
    "repr shows no secret": _secretless,
}


def _refused(act: Callable[[], object]) -> str | None:
    try:
        act()
    except SignerError:
        return None
    except Exception as error:  # noqa: BLE001 - as above
        return f"{type(error).__name__} where a SignerError is due"
    return "it was not refused"
