"""Models that find spans: token classifiers, run on demand.

Everything here is an extra.  What cannot be loaded, or does not finish, makes the labels of
its detectors unknown; it is never taken for "nothing found".
"""
