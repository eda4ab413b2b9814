"""Writing cards and tags so that no interruption ever leaves one that cannot be finished or made blank again."""
