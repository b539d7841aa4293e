"""The last word: the model and Appendix B, compared with everything that the suite sent and was answered."""

import pytest


@pytest.mark.closing
def test_every_operation_member_constraint_error_page_waiter_and_text_was_exercised(report, request):
    if why := report.no_verdict(request.config):
        pytest.skip(f"no verdict: {why}")
    missing = report.missing()
    assert not missing, f"{len(missing)} things were not exercised:\n" + "\n".join(missing)
