"""Claude as a reviewer: what is asked, how the answer is read, what it costs."""
