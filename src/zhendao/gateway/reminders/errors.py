"""What reminding refuses: words that cannot be used, a provider's file that says nothing."""

from zhendao.gateway.errors import GatewayError


class ReminderError(GatewayError):
    """A file of words, or of a provider, cannot be used; or nothing can be reminded of."""

    code = "reminders"
    exit_code = 2
