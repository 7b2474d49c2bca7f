"""Lines that say what was called and what came of it."""

import inspect


class Lines:
    """Prints what was called and what came of it, and remembers what was not as it should be."""

    def __init__(self, client, public):
        self.client, self.left, self.failed = client, set(public), 0
        self.count = len(self.left)
        print(f"\n{client}")

    def add(self, method, result, is_right=True):
        self.left.discard(method)
        self.failed += not is_right
        text = " ".join(str(result).split())
        print(f"  {'ok ' if is_right else 'NOT'} {method:34} {text if len(text) <= 110 else text[:107] + '...'}")

    def end(self):
        for method in sorted(self.left):
            print(f"  NOT {method:34} was not called")
        failed = self.failed + len(self.left)
        print(f"  {self.count} methods, {self.count - len(self.left)} called, {failed} failed")
        return failed


def public(kind):
    """The names of a class's methods that are there for everybody."""
    return [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]


async def resolved(value):
    """The clients for asyncio give coroutines, the others values."""
    return await value if inspect.isawaitable(value) else value
