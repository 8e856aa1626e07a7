"""Code that the pages share: what a session holds, background work, the frame round each page."""
