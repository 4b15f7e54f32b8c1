"""From a match to the edits of a fix; nothing here proves a fix."""
