"""Constraints: each verifiable constraint that a draft's instruction states is checked on its answer."""

from __future__ import annotations

from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing


class ConstraintsGate:
    """Rejects answers that break a constraint that their instruction states; the rule names its kind."""

    name = "constraints"
    screens = False
    reads_answer = True
    reads_pool = False

    def judge(self, draft: Draft, view: View) -> Verdict:
        if not draft.constraints:
            return passing(self.name)
        from synth.constraints import check  # 57 kinds of constraints: only runs that have any load them

        for constraint in draft.constraints:
            finding = check(constraint, draft.output or "", draft.language)
            if not finding.passed:
                evidence = f"“{constraint.phrase}”: {finding.evidence}"
                return Verdict(self.name, passed=False, rule=f"constraint-{constraint.kind}", evidence=evidence)
        return passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: a constraint is between an instruction and its answer."""
