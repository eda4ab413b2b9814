"""What can go wrong with the data of one person."""

from zhendao.gateway.errors import GatewayError


class PersonError(GatewayError):
    """Nothing is held of this person, or it cannot be erased yet."""

    code = "person"
