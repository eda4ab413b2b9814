"""Errors about card keys: each says what happened and what to do."""

from zhendao.gateway.errors import GatewayError


class CardsError(GatewayError):
    """The card master keys are not there, cannot be used, or are not to be given as asked."""

    code = "cards"
