"""Answers: their links and headers, and those kept whole and made once for all who ask."""
