"""What every figure of a report means, in a sentence."""

from __future__ import annotations

MEANING = {
    "R@1": "share of queries whose first choice is right; ties count against it",
    "R@5": "share of queries with a right one among the first five",
    "R@10": "share of queries with a right one among the first ten",
    "RSUM": "the six recalls added up, in %, at most 600",
    "mAP@R": "mean over the first R places, R being the number of right ones, of the precision "
    "down to each right one",
    "R-P": "share of right ones among the first R places",
    "AUROC": "chance that a wrong first choice is doubted more than a right one; 0.5 says nothing",
    "AP": "mean precision of finding wrong first choices, the most doubted first",
    "FPR95": "share of right answers sent away by a threshold that catches 95 % of the wrong ones; "
    "less is better",
    "AURC": "mean error of the k surest answers over all k; less is better",
    "E-AURC": "how far AURC lies above a perfect doubt's; less is better",
    "normalised AURC": "0 for no knowledge, 1 for a perfect doubt",
    "risk at 80 % coverage": "share of errors among the surest 80 % of the answers",
    "coverage at 5 % risk": "greatest share of answers of which no more than 5 % are wrong",
    "Spearman with error": "rank correlation of doubt and error over queries",
    "Spearman with R": "rank correlation of doubt and number of right ones",
    "prevalence": "share of matches among the pairs of the shortlists",
    "ECE, equal mass": "mean distance of P(match) and share of matches, 15 bins of equal count",
    "ECE, equal width": "the same with 15 bins of equal width",
    "Brier skill": "1 for a perfect P(match), 0 for always saying the prevalence",
    "NLL": "mean negative log likelihood of the labels, in nats; less is better",
    "tau_c, every rating a row": "Kendall's tau_c of score and rating, each rating by itself",
    "tau_c with the mean rating": "Kendall's tau_c of score and mean rating",
    "tau_b with the mean rating": "Kendall's tau_b of score and mean rating",
    "nll": "of the mean rating, brought to 0 to 1, under a normal of the similarity's mean and std",
    "crps": "distance of that normal from the rating, in units of the rating; less is better",
    "miscalibration": "area between said and seen shares of its central intervals, 0 to 0.5",
    "sharpness": "root mean square of the std; beside the others only",
    "Spearman with disagreement": "rank correlation of doubt and the judges' disagreement",
    "partial, beyond the score": "the same, once the score has said its part",
    "partial, beyond the score and its square": "the same, once the score and its distance from "
    "the middle have said their part, for people disagree most in the middle",
    "AUROC of the score": "finding pairs that match though nobody labelled them, by a logistic "
    "regression on the score alone, on images that it has not seen",
    "AUROC of both": "the same with the doubt as second input",
    "gain of AUROC": "what the doubt adds",
    "AUROC for shuffled pairs": "chance that a shuffled caption's pair is doubted more than a "
    "right one, among the pairs that were fitted on",
    "R@1 kept": "R@1 after the fit on shuffled captions over R@1 after the clean fit",
    "fit seconds": "time of the fit on this machine",
    "fit CPU seconds": "the same in seconds of one core",
    "ms per 1,000 pairs": "time of scores, chances and doubts",
    "parameters": "numbers that were learnt",
}

ABOUT = (
    "Every figure is the mean over seeds ± its standard deviation; in brackets the 95 % bootstrap "
    "interval over queries, with all queries of an image drawn together.",
    "A doubt is any number that is greater where a contender is less sure. Doubts of two "
    "contenders are never on one scale: compare only what they find.",
    "Hyper-parameters, temperatures and the doubt that stands for a contender were chosen on the "
    "part of the fit's images that the fit itself did not learn from.",
)

RELIABILITY = (
    "A point is a fifteenth of the shortlisted pairs: P(match) as said, and the share that came "
    "true, with its 95 % interval. On the diagonal P(match) means what it says. First seed."
)
RISK_COVERAGE = (
    "Share of wrong answers among the surest, from the surest few at the left to all at the right. "
    "A doubt that knows keeps its line low for long. Each contender's chosen doubt, seeds' mean."
)
