"""Setting a receiver up for GPS and BeiDou once a second: what to send, what it answers, what came of it."""
