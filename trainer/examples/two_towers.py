"""Your own trainer: `train: { engine: command, trainer: [python, trainer/examples/two_towers.py] }`."""

import sys
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy, normalize
from torchvision.transforms.functional import resize, to_tensor

from coterie_trainer.job import read_job
from coterie_trainer.own_trainer import finish, pairs, progress

job = read_job(Path(sys.argv[1]))
torch.manual_seed(job.document["seed"])
pictures, captions = zip(
    *((to_tensor(resize(picture, [16, 16])), caption.split()) for picture, caption in pairs(job)),
    strict=True,
)
words = {
    word: 1 + index for index, word in enumerate(sorted({word for caption in captions for word in caption}))
}
pixels, ids = (
    torch.stack(pictures),
    torch.tensor([([words[word] for word in caption] + [0] * 16)[:16] for caption in captions]),
)


class Tower(torch.nn.Sequential):
    def forward(self, x):
        return normalize(super().forward(x), dim=-1)


image = Tower(torch.nn.Conv2d(3, 32, 4, 4), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(512, 32))
text = Tower(
    torch.nn.Embedding(len(words) + 1, 64, padding_idx=0), torch.nn.Flatten(), torch.nn.Linear(1024, 32)
)
adam, batch = (
    torch.optim.Adam([*image.parameters(), *text.parameters()], job.schedule["learning_rate"]),
    job.schedule["batch_size"],
)
steps = round(job.samples * job.schedule["epochs"] / batch)
for step in range(1, steps + 1):
    chosen = torch.randint(job.samples, (batch,))
    logits = 20 * image(pixels[chosen]) @ text(ids[chosen]).T
    loss = cross_entropy(logits, torch.arange(batch)) + cross_entropy(logits.T, torch.arange(batch))
    adam.zero_grad(), loss.backward(), adam.step()
    progress(job, step, steps, loss.item())
tokenizer = {
    "version": "1.0",
    "added_tokens": [],
    "pre_tokenizer": {"type": "WhitespaceSplit"},
    "model": {"type": "WordLevel", "vocab": {"": 0, **words}, "unk_token": ""},
}
finish(job, image, text, tokenizer, size=16, context_length=16, samples_seen=steps * batch, loss=loss.item())
