"""pymerkle: roots and inclusion paths of a tree that it builds itself, from the entries alone."""

from pymerkle import InmemoryTree


class Tree:
    """Grows with the log."""

    def __init__(self):
        self.tree = InmemoryTree(algorithm="sha256")

    def check(self, log, root):
        """Gives how many proofs were the same as ours."""
        self.tree.append_entries(log.entries[self.tree.get_size():])
        assert self.tree.get_size() == log.size
        # Of a tree without entries it has no root.
        if log.size == 0:
            return 0
        assert self.tree.get_root(log.size) == root
        for index, ours in log.inclusion.items():
            # It counts from 1, and begins a path with the leaf itself.
            path = self.tree.prove_inclusion(index + 1, log.size).path
            assert path[1:] == ours, index
        return len(log.inclusion)
