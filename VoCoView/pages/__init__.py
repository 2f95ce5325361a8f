"""The page: which widgets there are, and what they show and call."""
