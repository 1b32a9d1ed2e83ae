"""The output of the feed, without a model."""

from collections import Counter

import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install './trainer[training,test]'"
)

from training import write_shards  # noqa: E402

from coterie_trainer.feed import BadShard, Batches, Feed, Position, Shards, shuffled  # noqa: E402
from coterie_trainer.order import Schedule  # noqa: E402


def image_of(picture):
    """Pixels with a random number, as an augmentation would draw it."""
    return torch.tensor([*picture.resize((1, 1)).getpixel((0, 0)), torch.rand(()).item()])


def text_of(text):
    return torch.tensor(list(text[:12].ljust(12)))


def feed(
    shards, ranks=1, rank=0, workers=0, epochs=2, batch=8, bad_share=0.0, start=0, report=lambda **_: None
):
    schedule = Schedule.plan(sum(shard["samples"] for shard in shards), epochs, batch, 2)
    batches = Batches(
        Shards([s["source"] for s in shards], [s["samples"] for s in shards]),
        schedule,
        Position(rank, ranks, 1),
        5,
        image_of,
        text_of,
        start,
    )
    return Feed(batches, workers, report, bad_share)


def part(feed, number):
    feed.set_epoch(number)
    return [
        (tuple(image.tolist()), bytes(text.tolist()))
        for images, texts in feed
        for image, text in zip(images, texts, strict=True)
    ]


@pytest.fixture
def shards(tmp_path):
    return write_shards(tmp_path, [9, 14, 25])


def test_a_pass_is_every_sample_once_in_another_order(shards):
    one = feed(shards, epochs=2)
    first, second = part(one, 0) + part(one, 1), part(one, 2) + part(one, 3)
    plain = lambda draws: Counter((pixels[:3], text) for pixels, text in draws)  # noqa: E731
    assert len(first) == 48 and plain(first) == plain(second)
    assert [text for _, text in first] != [text for _, text in second]


def test_the_same_numbers_again_and_from_a_later_start(shards):
    assert part(feed(shards), 2) == part(feed(shards, start=2), 2)


def test_workers_do_not_change_what_a_part_holds(shards):
    alone = part(feed(shards), 1)
    shared = part(feed(shards, workers=2), 1)
    # Augmentation belongs to the sample's position, so even that is equal.
    assert sorted(shared) == sorted(alone)
    both = part(feed(shards, ranks=2, rank=0), 1) + part(feed(shards, ranks=2, rank=1), 1)
    assert sorted(both) == sorted(alone)


def test_the_random_state_of_the_training_is_not_the_decoding_s(shards):
    one = feed(shards)
    one.set_epoch(0)
    drawn = []
    for _ in one:
        drawn.append(torch.rand(()).item())
    assert len(set(drawn)) == len(drawn)


def test_pipes_are_read_as_files_are(shards):
    piped = [{**shard, "source": f"pipe:cat {shard['source']}"} for shard in shards]
    assert part(feed(piped), 0) == part(feed(shards), 0)
    gone = [{**shards[0], "source": "pipe:cat /no/such/file"}]
    with pytest.raises(BadShard):
        part(feed(gone), 0)


def test_a_shard_with_fewer_samples_than_said_stops_it(shards):
    with pytest.raises(BadShard, match="holds 25 samples, not 26"):
        one = feed([*shards[:2], {**shards[2], "samples": 26}])
        for number in range(4):
            part(one, number)


def test_bad_pictures_are_replaced_and_counted_until_they_are_too_many(tmp_path):
    shards = write_shards(tmp_path, [16, 16], broken=2)
    events = []
    one = feed(shards, epochs=1, bad_share=0.2, report=lambda **event: events.append(event))
    assert len(part(one, 0) + part(one, 1)) == 32
    assert sum(event["count"] for event in events if event["event"] == "bad") == 4
    with pytest.raises(BadShard, match="bad_share"):
        part(feed(shards, epochs=1, bad_share=0.01), 0)
        part(feed(shards, epochs=1, bad_share=0.01), 1)


def test_a_set_without_any_picture_is_named(tmp_path):
    with pytest.raises(BadShard, match="no sample of the set"):
        part(feed(write_shards(tmp_path, [8], broken=8), bad_share=1.0, epochs=1), 0)


def test_the_buffer_loses_nothing():
    items = [(index, b"x" * 10, b"") for index in range(1000)]
    out = list(shuffled(iter(items), 3))
    assert sorted(out) == items and out != items and out == list(shuffled(iter(items), 3))
