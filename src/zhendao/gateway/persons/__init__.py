"""All that is held about one person: exported on request, and erased as far as the law permits."""
