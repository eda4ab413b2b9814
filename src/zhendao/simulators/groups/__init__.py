"""Bots of chat groups as DingTalk and WeCom have them: they check what is posted, and fail when they are told to."""
