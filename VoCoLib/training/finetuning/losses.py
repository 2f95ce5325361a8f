"""Dice plus cross-entropy that does not punish finding an organ that nobody contoured."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IGNORED = -1  # the class of voxels that nobody looked at


class MarginalDiceCELoss(nn.Module):
    """DiceCE over the contoured classes; the others' probability counts as background.

    Where an organ was not contoured its voxels are labelled background. Adding its probability to
    the background's (a marginal loss: Shi et al., Med Image Anal 70:101979, 2021, eq. 2) makes
    both answers right there.
    """

    def forward(
        self, logits: Tensor, labels: Tensor, contoured: Tensor, weights: Tensor | None = None
    ) -> Tensor:
        """The mean loss of a batch.

        Args:
            logits: (batch, classes, X, Y, Z), class 0 the background.
            labels: (batch, X, Y, Z) int64; IGNORED voxels count nowhere.
            contoured: (batch, classes) bool; class 0 is always True.
            weights: (classes,) of the cross-entropy, see class_weights; None: all alike.

        Returns:
            a scalar.
        """
        log_probabilities = F.log_softmax(logits.float(), dim=1)
        hidden = ~contoured[:, :, None, None, None]
        # the background's log of a sum: itself and every class that was not contoured
        merged = log_probabilities.masked_fill(~(hidden | _background(hidden)), -torch.inf)
        background = torch.logsumexp(merged, dim=1, keepdim=True)
        log_probabilities = torch.cat([background, log_probabilities[:, 1:]], dim=1)
        seen = labels != IGNORED
        if not seen.any():
            return logits.sum() * 0
        cross_entropy = F.nll_loss(log_probabilities, labels, weights, ignore_index=IGNORED)
        one_hot = F.one_hot(labels.clamp(min=0), logits.shape[1]).permute(0, 4, 1, 2, 3)[:, 1:]
        one_hot = one_hot * seen[:, None]
        probabilities = log_probabilities[:, 1:].exp() * seen[:, None]
        overlap = (probabilities * one_hot).sum((2, 3, 4))
        total = probabilities.sum((2, 3, 4)) + one_hot.sum((2, 3, 4))
        dice = 1 - (2 * overlap + 1e-5) / (total + 1e-5)
        # a class that the patch lacks has no overlap to gain; cross-entropy keeps it away
        counted = contoured[:, 1:] & one_hot.any(2).any(2).any(2)
        return cross_entropy + dice[counted].mean() if counted.any() else cross_entropy


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """(classes,) weights of the cross-entropy: voxels of the class to the power of -0.5.

    With equal weights an organ of a few hundred voxels in a patch of 262144 is not found for
    thousands of steps: the background's share drowns it, and Dice has no gradient until then.
    Once all are found, equal weights give the better borders.
    """
    counts = torch.bincount(labels[labels != IGNORED].flatten(), minlength=classes)
    return counts.clamp(min=1).float().rsqrt()


def _background(hidden: Tensor) -> Tensor:
    mask = torch.zeros_like(hidden)
    mask[:, 0] = True
    return mask
