"""The data sets of the paper: how many there are, their sizes, and which models they are given."""

from __future__ import annotations

from fractions import Fraction

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_data_sets import DATA_SETS, MODELS
from proofs.registry import control, evidence

# ILSVRC 2012: O. Russakovsky et al., IJCV 115 (2015), Table 2.
IMAGENET = {"training": 1_281_167, "validation": 50_000, "classes": 1000}
# Clips of Kinetics-700 that its mirror distributed, as the card of CLIP-Kinetics700 (Hugging Face) counts them;
# by design there are 50 validation clips per class (J. Carreira et al., arXiv 1907.06987).
KINETICS = {"training": 536_489, "validation": 33_966, "test": 64_532}
VALIDATION_PER_CLASS = 50


def agrees(exact: int, stated: int, unit: int) -> bool:
    """Whether a stated number is the exact one rounded to a unit."""
    return abs(Fraction(exact - stated)) <= Fraction(unit, 2)


@evidence("DAT-1", method=Method.EXACT)
@control("another data set has other counts", published=KINETICS | {"classes": 700})
def imagenet_counts_as_published(published: dict[str, int] | None = None) -> Outcome:
    """The publication of the data set counts 1,281,167 training and 50,000 validation images in 1000 classes;
    rounded to the stated digits these are 1.28 million, 50 thousand and 1000. (The images themselves are not
    counted here; the published counts are taken as given.)
    """
    counts = IMAGENET if published is None else published
    return proved_if(
        {
            "1.28 million, to 10 thousand": agrees(counts["training"], 1_280_000, 10_000),
            "50 thousand, to a thousand": agrees(counts["validation"], 50_000, 1000),
            "1000 classes": counts["classes"] == 1000,
        },
        "The stated sizes are the published ones, rounded",
        computed="1,281,167 / 50,000 / 1000 (published)",
        stated="1.28 M / 50 k / 1000",
    )


@evidence("DAT-2", method=Method.EXACT)
@control("as many validation clips as were stated agree", validation=50_000)
def kinetics_has_fewer_validation_clips(validation: int = KINETICS["validation"]) -> Outcome:
    """Kinetics-700 was made with 50 validation clips for each of its 700 classes, 35,000 in all, of which 33,966
    could still be had; 50 thousand is 43 percent more than the first number. The stated 536 thousand training
    clips are those that could still be had (536,489), so the stated numbers are no other edition's either.
    (Counts as published; `validation`: those that could be had.)
    """
    by_design = 700 * VALIDATION_PER_CLASS if validation <= 700 * VALIDATION_PER_CLASS else validation
    return refuted_if(
        hypotheses={
            "536 k training clips are the published count": agrees(KINETICS["training"], 536_000, 1000)
        },
        violated={
            "the clips that could be had are not 50 k, to ten thousand": not agrees(
                validation, 50_000, 10_000
            ),
            "nor those of the design": not agrees(by_design, 50_000, 10_000),
        },
        witness={"validation clips": f"{by_design:,} by design, {validation:,} available"},
        summary="Kinetics-700 has 35,000 validation clips by design and never had 50 thousand",
        computed=f"{by_design:,} by design, {validation:,} available",
        stated="50 k",
        tightness=by_design / 50_000,
    )


@evidence("DAT-2", method=Method.EXACT, reading="the numbers add up")
@control("more clips in the splits than in all leave nothing withheld", training=636_000)
def the_kinetics_splits_add_up(training: int = 536_000) -> Outcome:
    """650 thousand clips less 536 thousand for training and 50 thousand for validation leave 64 thousand for the
    withheld test set, 92 of each class; a number of clips that is at least 0.
    """
    rest = 650_000 - training - 50_000
    return proved_if(
        {"a test set is left": rest > 0, "64 thousand clips": rest == 64_000},
        "The stated numbers leave 64 thousand clips for the test set",
        computed=f"{rest:,} clips withheld",
        stated="a withheld test set",
    )


@evidence("DAT-3", method=Method.EXACT)
@control("at 30 frames per second it is 1.95e8", rate=30)
def frames_of_all_clips(rate: int = 25) -> Outcome:
    """650,000 clips of ten seconds at 25 frames per second have 162.5 million frames, which is 1.6e8 in the two
    digits given. Ten seconds is the length that the data set's publication names; the rate varies from clip
    to clip, and 30 per second would give 1.95e8: the number holds for a mean rate of 23.9 to 25.3.
    """
    frames = 650_000 * 10 * rate
    bounds = [Fraction(number, 6_500_000) for number in (155_000_000, 165_000_000)]
    return proved_if(
        {
            "1.6e8 to two digits": 155_000_000 <= frames < 165_000_000,
            "the mean rate lies in the range that gives 1.6e8": bounds[0] <= rate < bounds[1],
        },
        "650,000 clips of ten seconds at 25 frames per second have 1.625e8 frames",
        computed=f"{frames:,}",
        stated="1.6e8",
    )


@evidence("DAT-4", method=Method.EXACT)
@evidence("ABS-3", method=Method.EXACT, reading="sixteen data sets")
@control("without one of the sets there are thirteen others", missing="IRIS")
def sixteen_data_sets_are_named(missing: str | None = None) -> Outcome:
    """The names of L36 to L38, counted: ImageNet and Kinetics-700, and fourteen others in four groups of five,
    three, three and three. No name occurs twice.
    """
    named = [data for data in DATA_SETS if data.name != missing]
    groups = [data.group for data in named]
    sizes = {
        group: groups.count(group)
        for group in ("large", "images", "language", "healthcare", "bioinformatics")
    }
    return proved_if(
        {
            "no name twice": len({data.name for data in named}) == len(named),
            "groups of 2, 5, 3, 3, 3": list(sizes.values()) == [2, 5, 3, 3, 3],
            "fourteen beside the two large ones": len(named) - sizes["large"] == 14,
        },
        "Sixteen data sets are named: two large ones and fourteen in four groups",
        computed=len(named),
        stated=16,
    )


@evidence("IMP-1", method=Method.EXACT)
@control("without the LSTM sensor sequences have no model", missing="LSTM")
def every_modality_has_a_model(missing: str | None = None) -> Outcome:
    """Nine models are named in L40, two of them fully connected. Each of the sixteen data sets has a modality
    that one of them is for, and each model has a data set. (What the table itself shows is not available; the
    layers of the small networks are not given.)
    """
    models = {name: modality for name, modality in MODELS.items() if name != missing}
    covered = {
        data.name: [m for m, modality in models.items() if modality == data.modality] for data in DATA_SETS
    }
    return proved_if(
        {
            "a model for every data set": all(covered.values()),
            "a data set for every model": set(models.values()) <= {data.modality for data in DATA_SETS},
            "nine models": len(models) == 9,
        },
        "The map of backbones covers all sixteen data sets",
        computed=f"{len(models)} models, {len(set(models.values()))} modalities",
        stated="one line per backbone",
    )
