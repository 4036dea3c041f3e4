"""One thread for everything that is learned: the same result on every machine.

Sums in another order differ in their last digits, and a tree may split elsewhere. On a
machine that has other work, threads that wait for each other cost more than they save.
"""


def one_thread():
    """Return a context in which the numeric libraries use one thread."""
    # the limit holds for libraries that are loaded already
    import sklearn.ensemble  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)
