"""Rules: what holds for an object after all that was said, and the settings that say it."""
