"""The closing test comes last, counts when everything ran, and prints what the suite has seen."""

import pathlib

import pytest

from . import appendix_b, coverage, excuses
from .recorder import Recorder

CLOSING = "closing"


class Report:
    """A pytest plugin: order, markers, tables."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.recorder = Recorder()
        # text of Appendix B -> tests that passed and say that they produce it.
        self.produced = {}
        # The same for those that a fault script was told.
        self.scripted = {}
        self._texts = {}
        self._deselected = 0
        self._files = set()
        self._not_run = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: item.get_closest_marker(CLOSING) is not None)
        self._files = {item.path for item in items}
        kinds = {"text": self.produced, "scripted_text": self.scripted}
        for item in items:
            self._texts[item.nodeid] = [
                (found, name) for kind, found in kinds.items() for mark in item.iter_markers(kind) for name in mark.args
            ]

    def pytest_deselected(self, items):
        self._deselected += len(items)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            for found, name in self._texts.get(report.nodeid, []):
                found.setdefault(name, []).append(report.nodeid.split("/")[-1])
        elif not report.passed:
            self._not_run.append(report.nodeid)

    def chosen_in_part(self, config):
        files = set(self.folder.glob("test_*.py"))
        return self._deselected or any("::" in argument for argument in config.args) or bool(files - self._files)

    def no_verdict(self, config):
        """Why the verdict does not count; empty when the whole suite ran and passed."""
        if self.chosen_in_part(config):
            return "only a part of the suite was chosen"
        return f"{self._not_run[0]} did not pass" if self._not_run else ""

    def missing(self):
        return [*coverage.missing(self.recorder), *appendix_b.missing(self.produced, self.scripted)]

    def pytest_terminal_summary(self, terminalreporter, config):
        if not self.recorder.outcomes or self.chosen_in_part(config):
            return
        write = terminalreporter
        write.section("operations x outcomes")
        write.line("counts of requests; places of the model that were sent and accepted (or refused by name), broken, answered")
        for line in coverage.table(self.recorder):
            write.line(line)
        write.section("what is in the model and cannot be shown here")
        for line in excuses.table():
            write.line(line)
        write.section("texts of Appendix B")
        for line in appendix_b.table(self.produced, self.scripted):
            write.line(line)
