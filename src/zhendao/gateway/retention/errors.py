"""What can go wrong with holds and deletions."""

from zhendao.gateway.errors import GatewayError


class RetentionError(GatewayError):
    """A hold or a deletion that cannot be as it was asked for."""

    code = "retention"
