"""Progress of a running training."""

import time

from coterie_trainer.events import say
from coterie_trainer.order import Schedule


class Progress:
    """Turns events of the processes into progress lines of the job, at most one per second."""

    def __init__(self, schedule: Schedule):
        self.schedule = schedule
        self.resumed_from = 0
        self.done = 0
        self.loss = None
        self.learning_rate = None
        self.said = 0.0
        self.marks: list[tuple[float, int]] = []

    def start(self, part: int) -> None:
        self.resumed_from = self.done = part * self.schedule.steps_per_part
        self.marks = []

    def checkpoint(self, part: int) -> None:
        self.done = part * self.schedule.steps_per_part
        self.say()
        say(event="checkpoint", part=part, parts=self.schedule.parts, step=self.done)

    def step(self, event: dict) -> None:
        now = time.monotonic()
        if event["event"] == "step":
            self.done, self.loss, self.learning_rate = event["step"], event["loss"], event["learning_rate"]
            self.marks = [*self.marks[-30:], (now, self.done)]
        if now - self.said >= 1:
            self.said = now
            self.say()

    def speed(self) -> float | None:
        """Samples per second over the last logged steps."""
        if len(self.marks) < 2 or self.marks[-1][1] <= self.marks[0][1]:
            return None
        seconds = self.marks[-1][0] - self.marks[0][0]
        return (self.marks[-1][1] - self.marks[0][1]) * self.schedule.batch / seconds if seconds > 0 else None

    def say(self) -> None:
        speed = self.speed()
        left = (self.schedule.steps - self.done) * self.schedule.batch / speed if speed else None
        say(
            event="progress",
            step=self.done,
            steps=self.schedule.steps,
            samples=self.done * self.schedule.batch,
            samples_total=self.schedule.draws,
            loss=self.loss,
            learning_rate=self.learning_rate,
            samples_per_second=round(speed, 1) if speed else None,
            seconds_left=round(left, 1) if left is not None else None,
        )
