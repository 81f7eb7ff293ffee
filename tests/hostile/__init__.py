"""Hostile and broken input: cases for every file the program opens, and what reads them under guard.

`python3 packaging/dev.py corpus` runs them; `test_corpus.py` runs some of them with the other tests.
"""
