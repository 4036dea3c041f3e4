"""Work beside the main one: a machine has two cores at least, most steps use one."""

import threading


class Aside(threading.Thread):
    """A function that runs by itself; whoever interrupts the script does not wait."""

    def __init__(self, task, *args):
        super().__init__(daemon=True)
        self._task, self._args = task, args
        self._result = self._error = None
        self.start()

    def run(self):
        """Override to keep the result, or what went wrong."""
        try:
            self._result = self._task(*self._args)
        except Exception as error:
            self._error = error

    def get(self):
        """Wait for the end; return the result or raise the error."""
        self.join()
        if self._error:
            raise self._error
        return self._result
