"""Supervision, with small processes in place of a training."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from training import wait_until

from coterie_trainer.capped_log import CappedLog
from coterie_trainer.supervise import Interrupted, Signals, supervise

LIMITS = {"stall_seconds": 1, "start_seconds": 20}

TALK = """
import json, os, sys, time
def say(**event):
    with open("events/events-00000.jsonl", "a") as file:
        file.write(json.dumps(event) + "\\n")
"""


def watch(folder, script, limits=LIMITS, on_event=lambda event: None, log_bytes=100_000):
    (folder / "events").mkdir(exist_ok=True)
    log = CappedLog(folder, log_bytes)
    with Signals() as signals:
        try:
            return supervise(
                [sys.executable, "-c", TALK + script], {}, folder, log, limits, signals, on_event
            )
        finally:
            log.close()


def test_events_come_through_and_a_good_end_is_one(tmp_path):
    events = []
    outcome = watch(
        tmp_path,
        "say(event='step', step=1, loss=2.0)\nsay(event='bad', count=3)\nprint('a word')",
        on_event=events.append,
    )
    assert outcome.code is None and outcome.bad == 3
    assert [event["event"] for event in events] == ["step", "bad"]
    assert (tmp_path / "log.txt").read_text() == "a word\n"


def test_silence_after_the_first_step_is_a_stall(tmp_path):
    outcome = watch(tmp_path, "say(event='step', step=1, loss=2.0)\ntime.sleep(600)")
    assert outcome.code == "E_STALLED" and outcome.seconds < 15


def test_a_reason_that_a_process_gives_is_the_reason(tmp_path):
    outcome = watch(
        tmp_path, "say(event='error', code='E_LOSS', message='the loss is nan', hint=None)\ntime.sleep(600)"
    )
    assert (outcome.code, outcome.message) == ("E_LOSS", "the loss is nan")


def test_an_end_without_a_reason_shows_the_last_words(tmp_path):
    outcome = watch(tmp_path, "print('out of luck'); sys.exit(7)")
    assert (
        outcome.code == "E_TRAINING"
        and "exit status 7" in outcome.message
        and "out of luck" in outcome.message
    )
    assert "SIGSEGV" in watch(tmp_path, "os.kill(os.getpid(), 11)").message


def test_a_signal_ends_the_whole_group(tmp_path):
    script = """
import subprocess, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
say(event='start', part=0, child=child.pid)
time.sleep(600)
"""
    children = []

    def on_event(event):
        children.append(event["child"])
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()

    import coterie_trainer.supervise as module

    grace, module.GRACE = module.GRACE, 1
    try:
        with pytest.raises(Interrupted):
            watch(tmp_path, script, on_event=on_event)
    finally:
        module.GRACE = grace
    wait_until(lambda: not alive(children[0]))


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_flood_of_words_keeps_its_beginning_and_its_end(tmp_path):
    outcome = watch(
        tmp_path,
        "print('first')\nfor i in range(200000): print('line', i)\nprint('last'); sys.exit(1)",
        log_bytes=40_000,
    )
    assert "last" in outcome.message
    files = sorted(tmp_path.glob("log*.txt"))
    assert sum(file.stat().st_size for file in files) <= 40_000
    assert (tmp_path / "log.txt").read_text().startswith("first\n")
    assert (tmp_path / "log.end.txt").read_text().endswith("last\n")


def test_half_a_line_waits_for_the_rest(tmp_path):
    from coterie_trainer.events import Follower

    (tmp_path / "events-00000.jsonl").write_text('{"event": "step"}\n{"ev')
    follower = Follower(tmp_path)
    assert follower.read() == [{"event": "step"}]
    with (tmp_path / "events-00000.jsonl").open("a") as file:
        file.write('ent": "beat"}\n')
    assert follower.read() == [json.loads('{"event": "beat"}')]


def test_a_supervisor_ends_when_its_caller_is_killed_outright(tmp_path):
    supervisor = "import sys\nfrom coterie_trainer.supervise import Signals\nwith Signals() as signals:\n    open(sys.argv[1], 'w').write('ready')\n    signals.came.wait(30)\n    open(sys.argv[1], 'w').write('told' if signals.came.is_set() else 'alone')\n"
    caller = "import os, subprocess, sys\nos.environ['COTERIE_PARENT'] = str(os.getpid())\nsubprocess.run([sys.executable, '-c', *sys.argv[1:]])\n"
    state = tmp_path / "state"
    process = subprocess.Popen([sys.executable, "-c", caller, supervisor, str(state)])
    wait_until(lambda: state.exists() and state.read_text() == "ready")
    process.kill()
    process.wait()
    wait_until(lambda: state.read_text() == "told")
