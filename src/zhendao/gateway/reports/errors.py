"""Errors of reports: the one tree of this folder."""

from zhendao.gateway.errors import GatewayError


class ReportError(GatewayError):
    """A report cannot be made or written as it was asked for."""

    code = "report"
