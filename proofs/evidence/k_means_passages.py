"""Whether the paper shows what it says it shows about k-means."""

from __future__ import annotations

import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.registry import control, evidence

# The learners of Table 2 as its paragraph (L40) lists them.
TABLE_2 = (
    "LeNet-5",
    "3-layer CNN",
    "RBF-SVM",
    "ResNet-50",
    "3D-ResNet-50",
    "LSTM",
    "1-D CNN",
    "fully connected net, records",
    "fully connected net, low-dimensional data",
)


@evidence("KM-5", method=Method.SMT, reading="by a derivation")
@control("if nothing were derived either it would be no demonstration", derived=False)
def a_derivation_needs_no_run(derived: bool = True) -> Outcome:
    """If it is enough to derive an update for k-means (L191 to L198 do), the contribution of L30 stands beside a
    list of optimized models without k-means. (`derived`: whether the section derives one.)
    """
    derivation, demonstrated, optimized = z3.Bools("derivation demonstrated optimized")
    return compare(
        {
            "L30: its potential is demonstrated": demonstrated,
            "a demonstration is a derivation or a run": z3.Implies(
                demonstrated, z3.Or(derivation, optimized)
            ),
            "L191-198: the update of the centroids": derivation == z3.BoolVal(derived),
            "L40: Table 2 maps each model optimized": optimized == z3.BoolVal("k-means" in TABLE_2),
        },
        "Neither derived nor run, k-means is not demonstrated",
    )


@evidence("KM-5", method=Method.SMT, reading="by a run")
@control("for the SVM the passages agree", learner="RBF-SVM")
@control(
    "without Table 2's list of models nothing disagrees", without="L40: Table 2 maps each model optimized"
)
def k_means_is_among_the_demonstrated(learner: str = "k-means", without: str | None = None) -> Outcome:
    """L30 counts a demonstration on SVM and on k-means among the contributions. L40 says that Table 2 maps each
    model that is optimized to its kind of data, and lists nine, none of them k-means; no paragraph on a table
    or figure of the results mentions clusters, and L184 names the SVM study as the illustration. If a
    demonstration is a run of the optimizer on the model, the passages contradict each other. (The k-means
    section, L191 to L198, derives an update and reports no run.)
    """
    optimized, demonstrated = z3.Bools("optimized demonstrated")
    return compare(
        {
            "L30: its potential is demonstrated": demonstrated,
            "a demonstration is a run": z3.Implies(demonstrated, optimized),
            "L40: Table 2 maps each model optimized": optimized == z3.BoolVal(learner in TABLE_2),
        },
        "k-means is demonstrated by the list of contributions and absent from the list of models optimized",
        without=without,
        computed="no k-means run among the models of Table 2",
        stated="demonstrated",
    )
