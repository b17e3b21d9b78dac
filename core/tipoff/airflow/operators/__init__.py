"""One operator for each step of the way from a source to a graded prediction, thin over the engines.

Constructing one costs nothing; the engine is imported by the task that runs. XCom carries references and figures,
never data.

`Skip` becomes a skipped task with its reason, and `tipoff.airflow.retry` decides what the other errors mean.
"""

from tipoff.airflow.operators.base import ListModels, TipoffOperator, plain, run_of
from tipoff.airflow.operators.collection import CollectOperator, QualityOperator
from tipoff.airflow.operators.features import FeatureOperator
from tipoff.airflow.operators.prediction import EvaluatePredictions, GeneratePredictions, GetUpcoming, StorePredictions
from tipoff.airflow.operators.training import EvaluateModel, PrepareDataset, RegisterModel, TrainModel

__all__ = [
    "CollectOperator",
    "EvaluateModel",
    "EvaluatePredictions",
    "FeatureOperator",
    "GeneratePredictions",
    "GetUpcoming",
    "ListModels",
    "PrepareDataset",
    "QualityOperator",
    "RegisterModel",
    "StorePredictions",
    "TipoffOperator",
    "TrainModel",
    "plain",
    "run_of",
]
