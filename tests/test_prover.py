"""The child process and who asks it: whatever happens to it, every job has an end."""

import asyncio
import os
import signal
import subprocess
import sys
from time import monotonic

import pytest
from app import PATIENCE, SILENT, Puppet, opened, run, see, seen, type_in

from lstmcalc.commands.known import GRADIENTS, MAIN, STEP
from lstmcalc.errors import NotWrittenError
from lstmcalc.save import write_whole
from lstmcalc.tui.child import Desk
from lstmcalc.tui.heatmaps import Heatmaps
from lstmcalc.tui.jobs import Answered, Doing, Proved, Refused, Written, frame, job
from lstmcalc.tui.known import Known, Memory
from lstmcalc.tui.prover import Prover
from lstmcalc.verdict import Check, Verdict

needs_unix = pytest.mark.skipif(sys.platform == "win32", reason="it sends Unix signals")
GOOD = Verdict((Check("values", "passed", "equal"),), "torch", "cpu")
SLOW, QUICK = ({"hidden-size": size, "input-size": "1"} for size in ("1", "2"))
FAKE = """
import sys, time
from lstmcalc.tui.jobs import HEADER, Proved, send
from lstmcalc.verdict import Verdict
import pickle
while header := sys.stdin.buffer.read(HEADER.size):
    job = pickle.loads(sys.stdin.buffer.read(*HEADER.unpack(header)))
    if dict(job.said)["hidden-size"] == "1":
        time.sleep(60)
    send(sys.stdout.buffer, Proved(Verdict(reason="quick")))
"""
"""A child that hangs on one job and answers all others."""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def heard(command, wanted, silence=0.6, until=1):
    """What is heard of some jobs; no child that was seen lives on."""
    found, pids = [], set()

    async def test():
        prover = Prover(lambda job, message: found.append((job, message)), command, silence)
        prover.start()
        for jobs in wanted:
            prover.want(jobs)
            for _ in range(30):
                await asyncio.sleep(0.01)
                pids.update({prover.pid} - {None})
        ends = monotonic() + 20
        while len(found) < until and monotonic() < ends:
            await asyncio.sleep(0.05)
            pids.update({prover.pid} - {None})
        await prover.close()
        assert not any(map(alive, pids))

    asyncio.run(test())
    return found


@needs_unix
@pytest.mark.parametrize(("command", "told"), [
    (("sh", "-c", "read line; sleep 60"), "gave no sign for 0.6 s"),
    (("sh", "-c", "read line; exec >&-; sleep 60"), "lives, but said nothing"),
    (("sh", "-c", "read line; head -c 64 /dev/zero; sleep 60"), "lives, but said nothing"),
    (("sh", "-c", "read line; exit 3"), "ended with status 3"),
    (("sh", "-c", "kill -9 $$"), "was ended by signal 9"),
    (("/no/such/program",), "did not start"),
])  # fmt: skip
def test_a_child_that_fails_is_told_and_the_next_job_too(command, told):
    first, second = job(MAIN, SLOW), job(MAIN, QUICK)
    found = heard(command, [[first, second]], until=2)
    assert [asked for asked, _ in found] == [first, second]
    assert all(told in message.why for _, message in found), found


@needs_unix
def test_a_job_that_nobody_waits_for_is_cut_off(monkeypatch):
    monkeypatch.setattr("lstmcalc.tui.prover.PATIENCE", 0.3)
    slow, quick = job(MAIN, SLOW), job(MAIN, QUICK)
    found = heard((sys.executable, "-c", FAKE), [[slow], [quick]], silence=60)
    assert found == [(quick, Proved(Verdict(reason="quick")))]


def test_what_goes_wrong_in_a_job_is_its_last_message(monkeypatch):
    desk = Desk(lambda _: None)
    wrong = job(MAIN, {"hidden-size": "0", "input-size": "1"})
    (message,) = desk.carry_out(wrong)
    assert "a size is at least 1" in message.why

    def fails(*_, **__):
        raise RuntimeError("no luck\nat all")

    monkeypatch.setattr("lstmcalc.tui.child.answer", fails)
    (message,) = desk.carry_out(job(STEP, QUICK))
    assert message == Refused("RuntimeError: no luck")


@pytest.mark.parametrize("cut", [0, 4])
def test_the_child_ends_with_its_input_also_in_the_middle_of_a_job(cut):
    sent = frame(job(GRADIENTS, QUICK))
    done = subprocess.run(
        [sys.executable, "-m", "lstmcalc.tui.child"],
        input=sent[: len(sent) - cut] if cut else sent, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.returncode == 0


def test_a_prover_that_is_started_twice_has_one_child():
    async def test():
        prover = Prover(lambda *_: None)
        prover.start()
        work = prover._work
        prover.start()
        assert prover._work is work
        await prover.close()

    asyncio.run(test())


def test_a_film_that_plays_keeps_nobody_waiting():
    async def test():
        async with opened(prover=Puppet, size=(120, 40)) as (app, pilot):
            await pilot.press("f")
            await pilot.pause(0.5)
            _, asked = app.prover.jobs
            app.prover.say(asked, film(dict(asked.said)))
            await pilot.press("space")
            await type_in(pilot, "batch", "7")
            ends = monotonic() + 10
            while not any(("batch", "7") in each.said for each in app.prover.jobs):
                assert monotonic() < ends
                await pilot.pause(0.1)

    run(test)


@pytest.mark.parametrize("code", ["Watch(0)", "Watch(os.getppid())"])
def test_a_served_app_ends_with_its_server_and_when_it_is_lost(code):
    program = (
        "import os, time; import lstmcalc.tui.watch as w\n"
        f"w.LOOK, w.LONGEST_STILL = 0.05, 0.5\nfrom lstmcalc.tui.watch import Watch\n"
        f"{code}.start(); time.sleep(60)"
    )
    began = monotonic()
    subprocess.run([sys.executable, "-c", program], timeout=50, check=True)
    assert monotonic() - began < 40


def test_a_served_app_that_beats_goes_on():
    program = (
        "import os, time; import lstmcalc.tui.watch as w\n"
        "w.LOOK, w.LONGEST_STILL = 0.05, 1.0\n"
        "watch = w.Watch(os.getppid()); watch.start()\n"
        "for _ in range(30): time.sleep(0.1); watch.beat()\n"
        "print('alive', flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"alive"


def test_what_is_known_of_a_job():
    known = Known().after(Doing("this")).after(Answered("subject"))
    assert (known.subject, known.verdict, known.line.plain) == ("subject", None, "◌ this …")
    assert known.after(Proved(GOOD)).line.plain.startswith("✓ verified")
    refused = known.after(Refused("no memory"))
    assert (refused.subject, refused.line.plain) == ("subject", "○ not verified: no memory")
    nothing = Known().after(Refused("no memory"))
    assert (nothing.subject, nothing.line.plain) == (None, "○ not computed: no memory")
    assert known.after(Written("text")) == known


def test_memory_keeps_what_is_asked_about():
    memory = Memory()
    first = job(MAIN, {"hidden-size": "0"})
    for size in range(20):
        memory.hear(job(MAIN, {"hidden-size": str(size)}), Proved(GOOD))
        assert memory[first].verdict == GOOD
    assert memory[job(MAIN, {"hidden-size": "1"})] == Known()
    memory.forget(first)
    assert memory[first] == Known()


def film(said):
    return next(Desk(lambda _: None).carry_out(job(STEP, said)))


def test_a_tab_shows_its_own_network_or_nothing():
    async def test():
        async with opened(prover=Puppet, size=(120, 40)) as (app, pilot):
            await pilot.press("f")
            await pilot.pause(0.5)
            _, asked = app.prover.jobs
            for message in (film(dict(asked.said)), Proved(GOOD)):
                app.prover.say(asked, message)
            await see(app, pilot, "✓ verified against torch")
            assert app.query_one(Heatmaps).film is not None
            await type_in(pilot, "hidden-size", "100000")
            await pilot.pause(0.5)
            assert app.query_one(Heatmaps).film is None
            assert "✓ verified" not in seen(app)
            app.prover.say(app.prover.jobs[1], Refused("too large"))
            await see(app, pilot, "○ not computed: too large")
            assert app.query_one(Heatmaps).film is None
            await type_in(pilot, "hidden-size", "128")  # and back: all of it is known
            await see(app, pilot, "✓ verified against torch")
            assert app.query_one(Heatmaps).film is not None

    run(test)


def test_a_tab_that_was_left_shows_what_came_meanwhile():
    async def test():
        async with opened(prover=Puppet, size=(120, 40)) as (app, pilot):
            await pilot.press("f")
            await pilot.pause(0.5)
            _, asked = app.prover.jobs
            app.prover.say(asked, Doing("stepping"))
            await see(app, pilot, "◌ stepping …")
            await pilot.press("s")
            for message in (film(dict(asked.said)), Proved(GOOD)):
                app.prover.say(asked, message)
            await pilot.press("f")
            await see(app, pilot, "✓ verified against torch")

    run(test)


def test_a_verdict_is_never_shown_for_another_network():
    async def test():
        async with opened(prover=Puppet, size=(120, 40)) as (app, pilot):
            await pilot.pause(0.5)
            (asked,) = app.prover.jobs
            await type_in(pilot, "hidden-size", "64")
            app.prover.say(asked, Proved(GOOD))  # of what was asked for before
            await pilot.pause(0.2)
            assert "torch ◌ checking" in seen(app)
            await type_in(pilot, "hidden-size", "128")
            assert "torch ✓ verified" in seen(app)

    run(test)


def test_a_proof_that_was_cut_off_is_asked_for_again():
    async def test():
        async with opened(prover=Puppet, size=(120, 40)) as (app, pilot):
            await pilot.press("f")
            await pilot.pause(0.5)
            _, asked = app.prover.jobs
            app.prover.say(asked, film(dict(asked.said)))
            for size in ("64", "128"):
                await type_in(pilot, "hidden-size", size)
                await pilot.pause(0.5)
            assert asked in app.prover.jobs

    run(test)


def with_torch(test):
    pytest.importorskip("torch")
    run(test)


@needs_unix
def test_a_killed_child_is_told_and_replaced_and_none_is_left():
    pids = []

    async def test():
        async with opened(prover=Prover, size=(120, 40)) as (app, pilot):
            await see(app, pilot, "torch ✓")
            pids.append(app.prover.pid)
            os.kill(pids[0], signal.SIGKILL)
            await see(app, pilot, "was ended by signal 9")
            await type_in(pilot, "hidden-size", "64")
            await see(app, pilot, "LSTM 28→64→10")
            await see(app, pilot, "torch ✓")
            pids.append(app.prover.pid)

    with_torch(test)
    assert pids[0] != pids[1]
    assert not any(map(alive, pids))


@needs_unix
def test_a_child_that_dies_in_the_middle_is_told_and_proving_goes_on():
    async def test():
        async with opened(prover=Prover, size=(120, 40)) as (app, pilot):
            while app.prover.pid is None:
                await pilot.pause(0.01)
            os.kill(app.prover.pid, signal.SIGSTOP)  # however slow we are, it is still at it
            await pilot.pause(0.5)
            os.kill(app.prover.pid, signal.SIGKILL)
            await see(app, pilot, "torch ○ not verified")
            await pilot.press("r")
            await see(app, pilot, "torch ✓")

    with_torch(test)


@needs_unix
def test_again_is_a_new_process():
    pids = []

    async def test():
        async with opened(prover=Prover, size=(120, 40)) as (app, pilot):
            await see(app, pilot, "torch ✓")
            pids.append(app.prover.pid)
            await pilot.press("r")
            assert "torch ✓" not in seen(app)
            await see(app, pilot, "torch ✓")
            pids.append(app.prover.pid)

    with_torch(test)
    assert pids[0] != pids[1]
    assert not any(map(alive, pids))


@needs_unix
def test_a_hung_child_is_told_and_ended():
    pids = []

    async def test():
        def silent(report):
            return Prover(report, SILENT, silence=0.5)

        async with opened(prover=silent, size=(120, 40)) as (app, pilot):
            await pilot.pause(0.3)
            pids.append(app.prover.pid)
            await see(app, pilot, "gave no sign for 0.5 s")
            assert "torch ○ not verified" in seen(app)

    run(test)
    assert not alive(pids[0])


@needs_unix
def test_the_child_ends_with_the_app_whatever_ends_it():
    code = (
        "import asyncio, os, signal\n"
        "from lstmcalc.tui.prover import Prover\n"
        "async def main():\n"
        "    prover = Prover(lambda *_: None)\n"
        "    prover.start()\n"
        "    while prover.pid is None: await asyncio.sleep(0.05)\n"
        "    print(prover.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    for _ in range(int(PATIENCE * 10)):
        if not alive(pid):
            return
        subprocess.run(["sleep", "0.1"], check=True)
    raise AssertionError(f"the child {pid} outlived the app")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x"
    write_whole(path, b"first", replace=False)
    with pytest.raises(NotWrittenError, match="by now"):
        write_whole(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    write_whole(path, b"second", replace=True)
    assert path.read_bytes() == b"second"
    with pytest.raises(NotWrittenError):
        write_whole(tmp_path / "no" / "x", b"", replace=True)
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_file_system_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    path = tmp_path / "x"
    write_whole(path, b"first", replace=False)
    with pytest.raises(NotWrittenError, match="by now"):
        write_whole(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
