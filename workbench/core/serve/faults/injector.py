"""Decides which rules apply to a request, by counting and seeded draws, so that a run can be repeated."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter

import msgspec

from workbench.core.serve.faults.spec import Action, DenyPermission, Faults


class FiredRule(msgspec.Struct, frozen=True):
    """A rule that was applied: its index among the rules (from 0) and the request as "METHOD /path?query"."""

    rule: int
    request: str


class FaultInjector:
    """Applies fault rules. `fired` lists the rules that were applied, in order. Its methods may be called from any
    thread."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.fired: list[FiredRule] = []
        self.denied = frozenset(r.action.permission for r in faults.rules if isinstance(r.action, DenyPermission))
        self._patterns = [re.compile(rule.match) for rule in faults.rules]
        self._fits: Counter[tuple[int, str]] = Counter()
        self._seen: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()

    def actions(self, request: str) -> list[Action]:
        """The actions for this request ("METHOD /path?query"), in the order of the rules."""
        with self._lock:
            hit = [number for number in range(len(self._patterns)) if self._hits(number, request)]
            self.fired += [FiredRule(number, request) for number in hit]
        return [self.faults.rules[number].action for number in hit]

    def _hits(self, number: int, request: str) -> bool:
        if not self._patterns[number].search(request):
            return False
        rule = self.faults.rules[number]
        path = request.partition("?")[0]
        counted = (number, path if rule.each_path else "")
        self._fits[counted] += 1
        self._seen[number, path] += 1
        if not rule.due(self._fits[counted]):
            return False
        # Seeded by the n-th request of this path: concurrent requests for other paths cannot change the draw.
        draw = random.Random(f"{self.faults.seed}/{number}/{path}/{self._seen[number, path]}")
        return draw.random() < rule.probability
