"""How much of a model's accuracy is left when every pixel may move by 0.05 or 0.1?

    python examples/your_own_model_under_attack.py

The model here is a linear net that was trained against nothing; put your own in its place.
"""

import torch

import fieldmark as fm
from fieldmark.datasets import mnist_train


def trained() -> torch.nn.Module:
    """A linear net after thirty steps on 4,000 digits."""
    digits = mnist_train()
    images = torch.tensor(digits.images()).permute(0, 3, 1, 2) / 255
    labels = torch.tensor(digits.first_labels)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(30):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(images), labels).backward()
        optimiser.step()
    return net


def main(store: str = "example-store") -> None:
    """Ask it as it is and under attack, and print accuracies with their intervals."""
    mine = fm.subject(trained(), name="my-linear-net", family="mine")
    budgets = ["mnist-test+pgd-linf@13/255", "mnist-test+pgd-linf@26/255"]
    kept = fm.run([mine], ["mnist-test", *budgets], store)
    print(fm.render(fm.accuracy_grid(kept)))


if __name__ == "__main__":
    main()
