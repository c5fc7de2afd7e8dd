"""Compares `samsynk allocate` with two Python packages, algmatch and matching, on random instances: what they answer, and how long it takes.

All three solve the same problem: teams and supervisors with strict lists. Ours is timed as a command, from its start to its last
byte: reading the file and telling every team why included. The packages are timed from their own structures in memory to the
allocation, without starting Python or importing them.

    compare_allocations.py SAMSYNK [--instances N] [--seed N]
"""

import argparse
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

RULES = ("student-optimal", "supervisor-optimal")
SIZES = (50, 100, 200, 400, 800, 1600, 3200, 6400)
# A package that takes longer than this for an instance is not asked about larger ones.
SECONDS_MAX = 5
# Each is timed so often; the median counts.
TIMES = 3


def instance(teams, rng):
    """Strict lists of up to six topics; some topics are liked more than others, and there are about as many seats as teams."""
    topics = [f"p{number}" for number in range(max(2, teams * 2 // 3))]
    supervisors = [f"l{number}" for number in range(max(1, teams // 4))]
    supervisor_of = {topic: rng.choice(supervisors) for topic in topics}
    lists = {}
    for number in range(teams):
        liked = [topics[int(len(topics) * rng.random() ** 1.5)] for _ in range(rng.randint(1, 6))]
        lists[f"s{number}"] = list(dict.fromkeys(liked))
    applicants = {}
    for team, liked in lists.items():
        for supervisor in {supervisor_of[topic] for topic in liked}:
            applicants.setdefault(supervisor, []).append(team)
    for ranking in applicants.values():
        rng.shuffle(ranking)
    wanted = sorted({topic for liked in lists.values() for topic in liked})
    return {
        "teams": lists,
        "topics": {topic: (supervisor_of[topic], rng.randint(1, 2)) for topic in wanted},
        "supervisors": {name: (rng.randint(1, 5), ranking) for name, ranking in applicants.items()},
    }


def ours(problem):
    """The instance as `samsynk allocate` reads it."""

    def groups(ids):
        return [[each] for each in ids]

    return {
        "teams": {team: {"preferences": groups(liked)} for team, liked in problem["teams"].items()},
        "topics": {
            topic: {"supervisor": supervisor, "capacity": capacity}
            for topic, (supervisor, capacity) in problem["topics"].items()
        },
        "supervisors": {
            name: {"capacity": capacity, "preferences": groups(ranking)}
            for name, (capacity, ranking) in problem["supervisors"].items()
        },
        "seed": "00",
    }


def samsynk(command, problem, rule):
    """What each team has, and how many seconds it took."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(ours(problem), file)
        file.flush()
        start = time.perf_counter()
        done = subprocess.run([command, "allocate", file.name, "--rule", rule], capture_output=True, check=True)
        seconds = time.perf_counter() - start
    return json.loads(done.stdout)["allocation"], seconds


def algmatch(problem, rule):
    """The same; its ids are numbers."""
    from algmatch import SPAS

    def number(name):
        return int(name[1:])

    def numbers(names):
        return [number(name) for name in names]

    data = {
        "students": {number(team): numbers(liked) for team, liked in problem["teams"].items()},
        "projects": {
            number(topic): {"capacity": capacity, "lecturer": number(supervisor)}
            for topic, (supervisor, capacity) in problem["topics"].items()
        },
        "lecturers": {
            number(name): {"capacity": capacity, "preferences": numbers(ranking)}
            for name, (capacity, ranking) in problem["supervisors"].items()
        },
    }
    side = {"student-optimal": "students", "supervisor-optimal": "lecturers"}[rule]
    start = time.perf_counter()
    answer = SPAS(dictionary=data, optimised_side=side).get_stable_matching()
    seconds = time.perf_counter() - start
    if answer is None:
        raise ValueError("it says itself that its answer is not stable")
    return {team: topic or None for team, topic in answer["student_sided"].items()}, seconds


def matching(problem, rule):
    """The same; importing it turns its warnings on, of seats that cannot all be filled."""
    from matching.games import StudentAllocation

    warnings.simplefilter("ignore")

    start = time.perf_counter()
    game = StudentAllocation.create_from_dictionaries(
        problem["teams"],
        {name: ranking for name, (_, ranking) in problem["supervisors"].items()},
        {topic: supervisor for topic, (supervisor, _) in problem["topics"].items()},
        {topic: capacity for topic, (_, capacity) in problem["topics"].items()},
        {name: capacity for name, (capacity, _) in problem["supervisors"].items()},
    )
    answer = game.solve(optimal=rule.removesuffix("-optimal"))
    seconds = time.perf_counter() - start
    has = {student.name: project.name for project, students in answer.items() for student in students}
    return {team: has.get(team) for team in problem["teams"]}, seconds


PACKAGES = (algmatch, matching)


def serve(pipe):
    """Answers in a process of its own, so that it can be stopped."""
    sys.setrecursionlimit(100_000)
    while True:
        package, problem, rule = pipe.recv()
        try:
            pipe.send(globals()[package](problem, rule))
        except Exception as error:  # whatever goes wrong in a package is its answer
            pipe.send((f"{type(error).__name__}: {error}", None))


class Peer:
    """A package in its own process."""

    def __init__(self, package):
        self.name = package.__name__
        self.start()

    def start(self):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()

    def solve(self, problem, rule):
        """Its answer and seconds; a sentence and None when it failed; None twice when it was too slow."""
        self.pipe.send((self.name, problem, rule))
        if self.pipe.poll(SECONDS_MAX):
            return self.pipe.recv()
        self.process.terminate()
        self.process.join()
        self.start()
        return None, None


def compare_answers(command, peers, count, rng):
    """Whether all gave the same, and prints how often."""
    agreed = {(peer.name, rule): 0 for peer in peers for rule in RULES}
    strange = []
    for _ in range(count):
        problem = instance(rng.randint(2, 40), rng)
        for rule in RULES:
            allocation, _ = samsynk(command, problem, rule)
            for peer in peers:
                theirs, _ = peer.solve(problem, rule)
                if theirs == allocation:
                    agreed[peer.name, rule] += 1
                else:
                    strange.append((len(problem["teams"]), peer.name, rule, theirs, allocation, problem))
    print(f"\nthe same answer, of {count} random instances of 2 to 40 teams")
    for (name, rule), same in agreed.items():
        print(f"  {name:10} {rule:20} {same:6}")
    if strange:
        _, name, rule, theirs, allocation, problem = min(strange, key=lambda one: one[0])
        print(f"the smallest difference, {name} by {rule}:\n  {json.dumps(ours(problem))}")
        print(f"  samsynk: {allocation}\n  {name}: {theirs}")
    return not strange


def median_seconds(solve):
    """The median time of some runs, or None when one of them gave no time."""
    times = []
    for _ in range(TIMES):
        _, seconds = solve()
        if seconds is None:
            return None
        times.append(seconds)
    return statistics.median(times)


def compare_times(command, peers, rng):
    """Prints a row for each size until no package finishes in time any more."""
    for rule in RULES:
        print(f"\n{rule}: milliseconds (and how many times ours)")
        print(f"{'teams':>8}{'samsynk':>10}" + "".join(f"{peer.name:>22}" for peer in peers))
        running = list(peers)
        for size in SIZES:
            problem = instance(size, rng)
            base = median_seconds(lambda: samsynk(command, problem, rule))
            cells = []
            for peer in peers:
                seconds = median_seconds(lambda: peer.solve(problem, rule)) if peer in running else None
                if seconds is None and peer in running:
                    running.remove(peer)
                cells.append("–" if seconds is None else f"{seconds * 1000:,.1f} ({seconds / base:,.1f}×)")
            print(f"{size:8,}{base * 1000:10.1f}" + "".join(f"{cell:>22}" for cell in cells), flush=True)
            if not running:
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samsynk", help="the command to compare with")
    parser.add_argument("--instances", type=int, default=200, help="how many answers to compare")
    parser.add_argument("--seed", type=int, default=1, help="of the random instances")
    arguments = parser.parse_args()
    command = os.path.abspath(arguments.samsynk)
    peers = [Peer(package) for package in PACKAGES]
    for peer in peers:
        peer.solve(instance(2, random.Random(0)), RULES[0])
    rng = random.Random(arguments.seed)
    print(f"seed {arguments.seed}; ours with starting the process, reading the file and explaining, theirs without")
    is_same = compare_answers(command, peers, arguments.instances, rng)
    compare_times(command, peers, rng)
    sys.exit(0 if is_same else 1)


if __name__ == "__main__":
    main()
